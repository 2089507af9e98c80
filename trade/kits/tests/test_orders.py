"""Kits in reservations, and what is returned of kits."""

import re

import pytest

from testing.cast.people import make_product
from testing.reading.browser import Browser
from testing.tables import all_cases
from trade.kits.tests.kits import make_kit, sell


@pytest.fixture
def tea(alice):
    return make_product(alice, "Tea", 10, price="6.00")


@pytest.fixture
def cup(alice):
    return make_product(alice, "Cup", 10, price="3.00")


@pytest.fixture
def basket(alice, tea, cup):
    return make_kit(alice, "Basket", {tea.pk: 1, cup.pk: 2}, sku="BASKET", price="10.00")["id"]


def reserve(client, *lines):
    response = client.post("/api/stock/reservations/", {"lines": lines})
    assert response.status_code == 201, response.json()
    return response.json()


def test_kits_with_too_much_of_a_part_are_not_reserved(alice, as_alice):
    gas = make_product(alice, "Gas", keeps_stock=False, price="0.00")
    kit = make_kit(alice, "Bottles", {gas.pk: 3}, price="0.00")["id"]
    [line] = as_alice.post("/api/stock/reservations/", {"lines": [{"kit": kit, "quantity": 10**9}]}).json()["lines"]
    assert (line["code"], line["kit"], line["requested"]) == ("stock_limit_exceeded", kit, 3 * 10**9)


def test_an_order_of_kits_reserves_their_parts_at_a_fixed_price(as_alice, basket, tea, cup):
    order = reserve(as_alice, {"kit": basket, "quantity": 2}, {"product": cup.pk, "quantity": 1})
    assert [(line["product"], line["quantity"], line["total"]) for line in order["lines"]] == [
        (tea.pk, 2, "10.00"), (cup.pk, 4, "10.00"), (cup.pk, 1, None),
    ]  # fmt: skip
    assert [(kit["kit"], kit["quantity"], kit["lines"]) for kit in order["kits"]] == [(basket, 2, [0, 1])]
    as_alice.patch(f"/api/kits/{basket}/", {"price": "99.00", "parts": [{"product": tea.pk, "quantity": 3}]})
    sale = as_alice.post(f"/api/stock/reservations/{order['id']}/fulfil/", {}).json()
    assert [(m["quantity"], m["total"]) for m in sale["movements"]] == [(2, "10.00"), (4, "10.00"), (1, None)]
    assert [(kit["kit"], kit["quantity"], kit["unit_price"]) for kit in sale["kits"]] == [(basket, 2, "10.00")]


def test_an_order_with_several_lines_of_a_product_is_listed_once(as_alice, basket, cup):
    other = reserve(as_alice, {"product": cup.pk, "quantity": 1})
    order = reserve(as_alice, {"kit": basket, "quantity": 1}, {"product": cup.pk, "quantity": 1})
    page = as_alice.get("/api/stock/reservations/", {"product": cup.pk}).json()
    assert [row["id"] for row in page["results"]] == [order["id"], other["id"]]


def test_a_part_of_an_order_is_sold_in_the_order_of_its_lines(as_alice, basket, cup):
    order = reserve(as_alice, {"kit": basket, "quantity": 1}, {"product": cup.pk, "quantity": 1})
    body = {"lines": [{"product": cup.pk, "quantity": 3}], "keep_rest": True}
    sale = as_alice.post(f"/api/stock/reservations/{order['id']}/fulfil/", body).json()
    assert [(m["quantity"], m["total"]) for m in sale["movements"]] == [(2, "5.00"), (1, None)]
    assert sale["kits"] == []
    kept = as_alice.get(f"/api/stock/reservations/{sale['kept']}/").json()
    assert [(line["quantity"], line["total"]) for line in kept["lines"]] == [(1, "5.00")]


def test_reserved_parts_are_not_sold(as_alice, basket, tea):
    reserve(as_alice, {"kit": basket, "quantity": 4})
    error = sell(as_alice, {"kit": basket, "quantity": 2}).json()["lines"][0]
    assert (error["code"], error["kit"], error["available"], error["reserved"]) == ("insufficient_stock", basket, 2, 8)


def test_a_return_of_a_kit_brings_its_parts_back(as_alice, basket, tea, cup):
    sale = sell(as_alice, {"kit": basket, "quantity": 3}).json()
    address = f"/api/stock/operations/{sale['id']}/"
    returned = as_alice.post(f"{address}return/", {"lines": [{"kit": basket, "quantity": 2}]}).json()
    assert [(m["product"], m["quantity"]) for m in returned["movements"]] == [(tea.pk, 2), (cup.pk, 4)]
    assert as_alice.get(address).json()["kits"][0]["returned"] == 2
    refused = as_alice.post(f"{address}return/", {"lines": [{"kit": basket, "quantity": 2}]})
    [error] = refused.json()["lines"]
    assert (error["code"], error["kit"], error["sold"]) == ("more_than_sold", basket, 3)


def test_kits_sold_with_different_parts_are_returned_by_their_entry(as_alice, basket, tea, cup):
    parts = [{"product": tea.pk, "quantity": 2}]
    sale = sell(as_alice, {"kit": basket, "quantity": 1}, {"kit": basket, "quantity": 1, "parts": parts}).json()
    address = f"/api/stock/operations/{sale['id']}/return/"
    error = as_alice.post(address, {"lines": [{"kit": basket, "quantity": 1}]}).json()["lines"][0]
    assert (error["code"], error["entries"]) == ("kit_ambiguous", [0, 1])
    returned = as_alice.post(address, {"lines": [{"kit": basket, "quantity": 1, "entry": 1}]}).json()
    assert [(m["product"], m["quantity"]) for m in returned["movements"]] == [(tea.pk, 2)]


def read_note(user, order):
    """Return the cells of each row of the delivery note."""
    page = Browser(user).get_page(f"/api/stock/reservations/{order}/file/?format=html")
    rows = re.findall(r"<tr>(.*?)</tr>", page.partition("</thead>")[2], re.DOTALL)
    return [re.findall(r"<t[dh][^>]*>([^<]*)<", row) for row in rows]


@all_cases("is_sold", [False, True])
def test_the_delivery_note_has_the_kit_above_its_parts(as_alice, alice, basket, cup, is_sold):
    wrap = make_product(alice, "Wrap", price="1.00", keeps_stock=False)
    lines = {"product": wrap.pk, "quantity": 1, "unit_price": "1.00"}, {"kit": basket, "quantity": 2}
    order = reserve(as_alice, *lines)["id"]
    if is_sold:
        as_alice.post(f"/api/stock/reservations/{order}/fulfil/", {})
    assert read_note(alice, order) == [
        ["Wrap", "", "1", "", "1.00", "1.00"],
        ["Basket", "BASKET", "2", "", "10.00", "20.00"],
        ["Tea", "", "2", "", "", ""],
        ["Cup", "", "4", "", "", ""],
        ["Total", "21.00"],
    ]


def test_the_file_of_an_order_of_kits_has_a_total(as_alice, basket, tea):
    order = reserve(as_alice, {"kit": basket, "quantity": 1}, {"product": tea.pk, "quantity": 1, "unit_price": "6.00"})
    text = as_alice.get(f"/api/stock/reservations/{order['id']}/file/?_from_page=1").getvalue().decode()
    assert text.splitlines()[-1] == "Total,,,,,,16.00"


def test_the_page_of_a_reservation_has_its_kits_and_the_shares_of_their_parts(as_alice, alice, basket):
    order = reserve(as_alice, {"kit": basket, "quantity": 2})["id"]
    page = Browser(alice).get_page(f"/api/stock/reservations/{order}/")
    assert f'<a href="/api/kits/{basket}/">Basket</a>' in page
    assert re.findall(r'data-title="Price of all">(?:<[^>]*>)*([^<]*)<', page) == ["10.00", "10.00", "20.00"]
