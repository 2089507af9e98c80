"""Cases that other systems got wrong: shares of cents, parts without stock, parts that come back one by one."""

import pytest

from testing.cast.people import make_product
from testing.tables import all_cases
from trade.kits.tests.kits import make_kit, sell


@all_cases(
    ("prices", "quantities", "price", "number", "shares"),
    [
        (["6.75"], [18], "115.43", 1, ["115.43"]),
        (["109.99", "109.99"], [1, 1], "199.99", 1, ["100.00", "99.99"]),
        (["109.99", "109.99", "109.99"], [1, 1, 1], "199.99", 1, ["66.67", "66.66", "66.66"]),
        (["11.95", "6.45"], [1, 1], "16.56", 1, ["10.76", "5.80"]),
        (["1.00", "1.00", "1.00"], [1, 1, 1], "0.01", 2, ["0.01", "0.01", "0.00"]),
        (["0.00", "0.00"], [1, 3], "10.00", 1, ["2.50", "7.50"]),
        (["0.00", "5.00"], [1, 1], "3.00", 1, ["0.00", "3.00"]),
        (["5.00", "5.00"], [1, 1], "0.00", 3, ["0.00", "0.00"]),
    ],
)
def test_the_shares_of_the_parts_add_up_to_the_price(as_alice, alice, prices, quantities, price, number, shares):
    products = [make_product(alice, f"P{place}", 99, price=each) for place, each in enumerate(prices)]
    parts = {product.pk: quantity for product, quantity in zip(products, quantities, strict=True)}
    kit = make_kit(alice, "Kit", parts, price=price)
    sale = sell(as_alice, {"kit": kit["id"], "quantity": number}).json()
    assert [movement["total"] for movement in sale["movements"]] == shares


def test_each_sale_of_kits_with_vat_of_two_rates_adds_up(as_alice, alice):
    rates = [as_alice.post("/api/taxes/", {"name": rate, "rate": rate}).json()["id"] for rate in ("7.00", "19.00")]
    food, cup = (
        make_product(alice, name, 9, price="5.00", tax_id=tax) for name, tax in zip(("Tea", "Cup"), rates, strict=True)
    )
    kit = make_kit(alice, "Kit", {food.pk: 1, cup.pk: 1}, price="9.99")
    pk = sell(as_alice, {"kit": kit["id"], "quantity": 1}).json()["id"]
    sale = as_alice.get(f"/api/sales/{pk}/").json()
    assert sale["total"] == "9.99"
    assert sum(round(float(tax["gross"]) * 100) for tax in sale["taxes"]) == 999


@pytest.mark.quick
def test_a_part_without_stock_does_not_limit_the_kit_and_comes_back(as_alice, alice):
    wrap = make_product(alice, "Wrapping", price="2.00", keeps_stock=False, min_threshold=None)
    tea = make_product(alice, "Tea", 3, price="8.00")
    kit = make_kit(alice, "Kit", {wrap.pk: 1, tea.pk: 1})
    assert kit["available"] == 3
    sale = sell(as_alice, {"kit": kit["id"], "quantity": 3}).json()
    assert sale["kits"][0]["lines"] == [1, 2]
    back = as_alice.post(f"/api/stock/operations/{sale['id']}/return/", {"lines": [{"kit": kit["id"], "quantity": 3}]})
    assert back.status_code == 201, back.json()
    assert as_alice.get(f"/api/stock/operations/{sale['id']}/").json()["kits"][0]["returned"] == 3
    assert as_alice.get(f"/api/products/{tea.pk}/").json()["quantity"] == 3


def test_parts_that_come_back_one_by_one_are_whole_kits_when_each_is_there(as_alice, alice):
    tea, cup = make_product(alice, "Tea", 9, price="6.00"), make_product(alice, "Cup", 9, price="2.00")
    kit = make_kit(alice, "Kit", {tea.pk: 1, cup.pk: 3}, price="10.00")
    address = f"/api/stock/operations/{sell(as_alice, {'kit': kit['id'], 'quantity': 2}).json()['id']}/"

    def give_back(**line):
        answer = as_alice.post(f"{address}return/", {"lines": [line]})
        assert answer.status_code == 201, answer.json()
        return answer.json()["id"]

    def returned():
        return as_alice.get(address).json()["kits"][0]["returned"]

    backs = [give_back(product=cup.pk, quantity=4), give_back(product=tea.pk, quantity=2)]
    assert returned() == 1
    for pk in reversed(backs):
        as_alice.post(f"/api/stock/operations/{pk}/reverse/", {})
        assert returned() == 0
    give_back(product=cup.pk, quantity=3)
    assert returned() == 0
    refused = as_alice.post(f"{address}return/", {"lines": [{"kit": kit["id"], "quantity": 2}]}).json()["lines"][0]
    assert (refused["code"], refused["kit"], refused["product"]) == ("more_than_sold", kit["id"], cup.pk)
    give_back(kit=kit["id"], quantity=1)
    give_back(product=tea.pk, quantity=1)
    assert returned() == 2
    amounts = [sale["returned"] for sale in as_alice.get("/api/sales/").json()["results"]]
    assert amounts == ["20.00"]


def test_the_own_parts_of_a_line_are_judged_with_all_lines(as_alice, alice):
    tea, cup = make_product(alice, "Tea", 1, price="6.00"), make_product(alice, "Cup", 9, price="2.00")
    kit = make_kit(alice, "Kit", {cup.pk: 1})
    own = {"kit": kit["id"], "quantity": 1, "parts": [{"product": tea.pk, "quantity": 1}]}
    assert sell(as_alice, {**own, "quantity": 2}).json()["lines"][0]["code"] == "insufficient_stock"
    assert sell(as_alice, own, {"product": tea.pk, "quantity": 1}).json()["lines"][0]["line"] == 1
    assert sell(as_alice, own, {"kit": kit["id"], "quantity": 1}).status_code == 201
