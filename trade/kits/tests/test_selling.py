"""Kits in sales: what goes out, at which price, and what is refused."""

import pytest

from testing.cast.people import make_product
from testing.tables import all_cases
from trade.kits.tests.kits import make_kit, sell


@pytest.fixture
def tea(alice):
    return make_product(alice, "Tea", 10, price="6.00", sku="TEA")


@pytest.fixture
def cup(alice):
    return make_product(alice, "Cup", 10, price="3.00", sku="CUP")


@pytest.fixture
def basket(alice, tea, cup):
    return make_kit(alice, "Basket", {tea.pk: 1, cup.pk: 2}, sku="BASKET", barcode="4006381333931", price="10.00")


def test_a_kit_tells_its_parts_and_how_many_there_are(basket, tea, cup):
    assert (basket["available"], basket["list_price"]) == (5, "12.00")
    assert [(part["product"], part["quantity"]) for part in basket["parts"]] == [(tea.pk, 1), (cup.pk, 2)]


@pytest.mark.quick
def test_kits_and_products_are_sold_together(as_alice, basket, cup):
    lines = [{"product": cup.pk, "quantity": 2}, {"kit": basket["id"], "quantity": 1}]
    for ordered in (lines, lines[::-1]):
        response = sell(as_alice, *ordered)
        assert response.status_code == 201, response.json()
        assert as_alice.get(f"/api/sales/{response.json()['id']}/").json()["total"] == "16.00"


@all_cases("name", ["kit", "sku", "barcode"])
def test_a_sale_of_kits_takes_out_their_parts_at_shares_of_the_price(as_alice, basket, name):
    value = {"kit": basket["id"], "sku": "basket", "barcode": "04006381333931"}[name]
    response = sell(as_alice, {name: value, "quantity": 3})
    assert response.status_code == 201, response.json()
    operation = response.json()
    assert [(m["quantity"], m["total"]) for m in operation["movements"]] == [(3, "15.00"), (6, "15.00")]
    assert operation["kits"] == [
        {
            "kit": basket["id"], "name": "Basket", "sku": "BASKET", "quantity": 3, "unit_price": "10.00",
            "total": "30.00", "lines": [0, 1], "returned": 0, "price_from": "list",
        }
    ]  # fmt: skip
    read = as_alice.get(f"/api/stock/operations/{operation['id']}/").json()
    assert {name: read[name] for name in operation} == operation


def test_two_kits_that_share_a_part_never_take_more_than_there_is(as_alice, alice, basket, cup):
    other = make_kit(alice, "Cups", {cup.pk: 4})
    response = sell(as_alice, {"kit": basket["id"], "quantity": 4}, {"kit": other["id"], "quantity": 1})
    assert response.status_code == 400
    [error] = response.json()["lines"]
    assert error["code"] == "insufficient_stock"
    assert (error["line"], error["kit"], error["product"]) == (1, other["id"], cup.pk)
    assert (error["available"], error["requested"]) == (2, 4)


def test_a_kit_with_other_parts_is_sold_with_these(as_alice, alice, basket, tea):
    mug = make_product(alice, "Mug", 5, price="4.00")
    parts = [{"product": tea.pk, "quantity": 1}, {"product": mug.pk, "quantity": 1}]
    operation = sell(as_alice, {"kit": basket["id"], "quantity": 1, "parts": parts}).json()
    assert [(m["product_name"], m["total"]) for m in operation["movements"]] == [("Tea", "6.00"), ("Mug", "4.00")]


@pytest.mark.quick
@all_cases("body", [{"reason": "damage"}, {"reason": "other"}])
def test_a_kit_is_only_sold(as_alice, basket, body):
    response = sell(as_alice, {"kit": basket["id"], "quantity": 1}, **body)
    assert response.json()["lines"][0]["code"] == "kit_not_here"


@pytest.mark.quick
def test_an_archived_kit_is_not_sold(as_alice, basket):
    assert as_alice.delete(f"/api/kits/{basket['id']}/").status_code == 204
    refused = sell(as_alice, {"kit": basket["id"], "quantity": 1}).json()["lines"][0]
    assert (refused["code"], refused["kit"]) == ("kit_archived", basket["id"])


def test_an_unknown_kit_is_refused(as_alice):
    assert sell(as_alice, {"kit": 999, "quantity": 1}).json()["lines"][0]["code"] == "kit_not_found"


def test_ten_lines_of_a_kit_of_50_parts_are_one_operation(as_alice, alice, django_assert_max_num_queries):
    products = [make_product(alice, f"P{number}", 20, price="1.00") for number in range(50)]
    kit = make_kit(alice, "Chest", {product.pk: 1 for product in products}, price="33.33")
    with django_assert_max_num_queries(20):
        response = sell(as_alice, *[{"kit": kit["id"], "quantity": 1}] * 10)
    assert response.status_code == 201, response.json()
    assert len(response.json()["movements"]) == 500
    assert sum(round(float(m["total"]) * 100) for m in response.json()["movements"]) == 33330
    refused = sell(as_alice, *[{"kit": kit["id"], "quantity": 1}] * 21)
    assert (refused.status_code, refused.json()["code"], refused.json()["lines"]) == (400, "too_many_parts", 1050)


def test_own_parts_name_a_product_once(as_alice, basket, tea):
    twice = [{"product": tea.pk, "quantity": 1}, {"sku": "tea", "quantity": 2}]
    refused = sell(as_alice, {"kit": basket["id"], "quantity": 1, "parts": twice})
    assert (refused.status_code, refused.json()["lines"][0]["code"]) == (400, "part_twice")
