"""Goods by weight: what a client sends and gets in kilograms is booked in grams."""

from decimal import Decimal
from random import Random

import pytest

from core.database.postgres.base import fetch
from core.money.amounts import money_of, price_of
from stock.models import Movement
from testing.cast.people import make_product
from testing.tables import all_cases

URL = "/api/stock/"


@pytest.fixture
def cheese(as_alice):
    fields = {"name": "Comté", "unit": "kg", "decimals": 3, "price": "5.50", "amount": "12.5", "cost_price": "3.10"}
    response = as_alice.post("/api/products/", fields)
    assert response.status_code == 201, response.data
    return response.data


@pytest.fixture
def tea(alice):
    return make_product(alice, name="Tea", quantity=10)


def book(client, product, movement_type="OUT", **line):
    return client.post(URL, {"product": product["id"], "movement_type": movement_type, **line})


def test_a_product_has_its_quantity_in_base_units_and_in_its_own(cheese):
    assert (cheese["quantity"], cheese["amount"], cheese["stock_value"]) == (12_500, "12.500", "38.75")


def test_a_sale_takes_an_amount(as_alice, cheese):
    sold = book(as_alice, cheese, amount="0.25")
    assert (sold.status_code, sold.data["quantity"], sold.data["amount"]) == (201, 250, "0.250")
    assert sold.data["new_quantity"] == 12_250


def test_a_quantity_is_in_base_units(as_alice, cheese):
    assert book(as_alice, cheese, quantity=250).data["amount"] == "0.250"


def test_pieces_are_an_amount_without_a_point(as_alice, tea):
    sold = as_alice.post(URL, {"product": tea.pk, "movement_type": "OUT", "amount": "2"})
    assert (sold.data["quantity"], sold.data["amount"]) == (2, None)


@pytest.mark.measured
@all_cases(
    ("line", "code", "numbers"),
    [
        ({"amount": "0.2505"}, "amount_too_fine", {"decimals": 3}),
        ({"amount": "0.25", "quantity": 250}, "quantity_and_amount", {}),
        ({"amount": "1000001", "movement_type": "IN"}, "stock_limit_exceeded", {"limit": 1_000_000_000}),
        ({"amount": "1", "movement_type": "IN", "cost": "3.00", "unit_cost": "3.00"}, "cost_twice", {}),
        ({"amount": "12.501"}, "insufficient_stock", {"available": 12_500, "requested": 12_501}),
    ],
)
def test_a_wrong_amount_is_refused_alone_and_in_a_line(as_alice, cheese, line, code, numbers):
    refused = book(as_alice, cheese, **line)
    assert (refused.status_code, refused.data["code"]) == (400, code)
    assert refused.data.items() >= numbers.items()
    line = {"product": cheese["id"], "movement_type": "OUT", **line}
    refused = as_alice.post("/api/stock/operations/", {"lines": [line]})
    assert [row["code"] for row in refused.data["lines"]] == [code]
    assert Movement.objects.count() == 1


def test_more_base_units_than_the_limit_are_refused(as_alice):
    """An amount has at most as many digits as the limit, so that only decimals bring it above."""
    flour = as_alice.post("/api/products/", {"name": "Flour", "price": "1.00", "decimals": 3, "unit": "kg"}).data
    refused = book(as_alice, flour, "IN", amount="1000000.001")
    assert (refused.data["code"], refused.data["requested"]) == ("stock_limit_exceeded", 1_000_000_001)


@pytest.mark.quick
def test_half_a_piece_is_refused(as_alice, tea):
    refused = as_alice.post(URL, {"product": tea.pk, "movement_type": "OUT", "amount": "0.5"})
    assert (refused.data["code"], refused.data["decimals"]) == ("amount_too_fine", 0)


@all_cases("amount", ["", None])
def test_without_quantity_and_amount_the_quantity_is_required(as_alice, cheese, amount):
    refused = book(as_alice, cheese, amount=amount)
    assert refused.data == {"quantity": ["This field is required."]}


def test_a_delivery_by_its_invoice_keeps_the_total(as_alice, cheese):
    arrived = book(as_alice, cheese, "IN", amount="3.333", cost="10.00")
    assert arrived.data["value"] == "10.00"


def test_a_cost_belongs_to_an_in(as_alice, cheese):
    assert [*book(as_alice, cheese, amount="1", cost="10.00").data] == ["cost"]


def test_counts_transfers_and_changes_take_amounts(as_alice, cheese):
    product = {"product": cheese["id"]}
    counted = as_alice.post("/api/stock/counts/", {"lines": [{**product, "counted_amount": "12.4"}]}).data
    assert (counted["lines"][0]["counted"], counted["lines"][0]["counted_amount"]) == (12_400, "12.400")
    as_alice.post("/api/locations/", {"name": "Shelf"})
    moved = as_alice.post(
        "/api/stock/transfers/", {"from": None, "to": "Shelf", "lines": [{**product, "amount": "0.5"}]}
    )
    assert [row["amount"] for row in moved.data["movements"]] == ["0.500", "0.500"]
    changed = as_alice.patch(f"/api/products/{cheese['id']}/", {"amount": "12"})
    assert (changed.data["quantity"], changed.data["amount"]) == (12_000, "12.000")
    changed = as_alice.patch("/api/products/", {"lines": [{"id": cheese["id"], "amount": "11"}]})
    assert changed.data["lines"][0]["amount"] == "11.000"


def test_reservations_take_amounts(as_alice, cheese):
    line = {"product": cheese["id"], "amount": "12"}
    made = as_alice.post("/api/stock/reservations/", {"lines": [line]})
    assert (made.data["lines"][0]["quantity"], made.data["lines"][0]["amount"]) == (12_000, "12.000")
    sold = as_alice.post(f"/api/stock/reservations/{made.data['id']}/fulfil/", {"lines": [{**line, "amount": "11.5"}]})
    assert sold.data["movements"][0]["amount"] == "11.500"


def test_lists_show_amounts(as_alice, cheese, tea):
    products = as_alice.get("/api/products/").data["results"]
    assert {row["name"]: row["amount"] for row in products} == {"Comté": "12.500", tea.name: None}
    [found] = as_alice.get("/api/products/", {"search": "Comt"}).data["results"]
    assert found["amount"] == "12.500"
    [movement] = as_alice.get(URL, {"product": cheese["id"]}).data["results"]
    assert movement["amount"] == "12.500"
    [movement] = as_alice.get(f"/api/products/{cheese['id']}/movements/").data["results"]
    assert movement["amount"] == "12.500"
    operation = as_alice.get(f"/api/stock/operations/{movement['operation']}/").data
    assert operation["movements"][0]["amount"] == "12.500"


def test_decimals_are_fixed_once_the_product_has_moved(as_alice, cheese):
    refused = as_alice.patch(f"/api/products/{cheese['id']}/", {"decimals": 2})
    assert (refused.status_code, refused.data["code"]) == (409, "decimals_fixed")
    assert as_alice.patch(f"/api/products/{cheese['id']}/", {"decimals": 3}).status_code == 200


@pytest.mark.needs("sheets")
@pytest.mark.quick
def test_decimals_are_fixed_once_a_line_names_the_product(as_alice):
    product = as_alice.post("/api/products/", {"name": "Oolong", "price": "9.00"}).data["id"]
    as_alice.post("/api/stock/sheets/", {"name": "All", "select": {"products": [product]}})
    assert as_alice.patch(f"/api/products/{product}/", {"decimals": 3}).data["code"] == "decimals_fixed"


def test_decimals_change_before(as_alice):
    product = as_alice.post("/api/products/", {"name": "Oolong", "price": "9.00"}).data["id"]
    assert as_alice.patch(f"/api/products/{product}/", {"decimals": 3}).data["decimals"] == 3


@all_cases(
    ("sent", "kept"),
    [
        ({}, (5000, 12_000, 24_000)),
        ({"pack_size": 500, "codes": [{"code": "CASE", "quantity": 250}]}, (5000, 500, 250)),
        ({"min_threshold": 5, "pack_size": 12, "codes": [{"code": "CASE", "quantity": 24}]}, (5000, 12_000, 24_000)),
    ],
)
@all_cases("address", ["/api/products/{id}/", "/api/products/"])
def test_what_was_set_for_a_product_keeps_its_amount_when_it_gets_decimals(as_alice, sent, kept, address):
    values = {"name": "Oolong", "price": "9", "pack_size": 12, "codes": [{"code": "CASE", "quantity": 24}]}
    product = as_alice.post("/api/products/", values).data["id"]
    body = {"id": product, "decimals": 3, **sent}
    changed = as_alice.patch(address.format(id=product), body if "id" in address else {"lines": [body]})
    assert changed.status_code == 200, changed.data
    shown = as_alice.get(f"/api/products/{product}/").data
    assert (shown["min_threshold"], shown["pack_size"], shown["codes"][0]["quantity"]) == kept
    assert as_alice.patch(f"/api/products/{product}/", {"decimals": 0}).status_code == (400 if 250 in kept else 200)


def test_what_is_too_high_with_other_decimals_is_named(as_alice):
    values = {"name": "Oolong", "price": "9", "min_threshold": 2_000_000}
    product = as_alice.post("/api/products/", values).data["id"]
    refused = as_alice.patch(f"/api/products/{product}/", {"decimals": 3})
    assert (refused.status_code, refused.data) == (400, {"min_threshold": ["This is too high."]})
    assert as_alice.patch(f"/api/products/{product}/", {"decimals": 2}).data["min_threshold"] == 200_000_000


def test_an_order_costs_what_its_invoice_says(as_alice, cheese):
    supplier = as_alice.post("/api/suppliers/", {"name": "Dairy"}).data["id"]
    line = {"product": cheese["id"], "amount": "3", "cost": "10.00"}
    order = as_alice.post("/api/purchase-orders/", {"supplier": supplier, "lines": [line]}).data
    assert (order["cost"], order["lines"][0]["amount"], order["lines"][0]["cost"]) == ("10.00", "3.000", "10.00")
    address = f"/api/purchase-orders/{order['id']}"
    as_alice.post(f"{address}/send/", {})
    values = [
        as_alice.post(f"{address}/receive/", {"lines": [{"product": cheese["id"], "amount": "1"}]}).data["movements"]
        for _ in range(3)
    ]
    assert [row["value"] for [row] in values] == ["3.33", "3.34", "3.33"]


@pytest.mark.quick
def test_money_is_the_same_in_python_and_in_sql(db):

    random = Random(57)  # noqa: S311
    cases = [
        (random.randrange(10 ** random.randrange(1, 10)), Decimal(random.randrange(10**12)).scaleb(-2), decimals)
        for decimals in (0, 1, 2, 3)
        for _ in range(500)
    ]
    quantities, prices, decimals = (list(column) for column in zip(*cases, strict=True))
    statement = (
        f"SELECT {money_of('quantity', 'price', 'product')}::text FROM"
        " unnest(%(quantities)s::bigint[], %(prices)s::numeric[], %(decimals)s::smallint[])"
        " WITH ORDINALITY AS product (quantity, price, decimals, number) ORDER BY number"
    )
    found = fetch(statement, {"quantities": quantities, "prices": prices, "decimals": decimals})
    assert [row[0] for row in found] == [str(price_of(*case)) for case in cases]


def test_errors_tell_amounts(as_alice, cheese):
    refused = book(as_alice, cheese, amount="20")
    assert refused.json()["detail"] == "Only 12.500 in stock, 20.000 requested."
    assert (refused.json()["available"], refused.json()["requested"]) == (12_500, 20_000)


def test_a_returned_day_of_goods_by_weight_leaves_nothing(as_alice, cheese):
    sold = book(as_alice, cheese, amount="0.333").data
    address = f"/api/stock/operations/{sold['operation']}/return/"
    as_alice.post(address, {"lines": [{"product": cheese["id"], "amount": "0.111", "condition": "scrap"}]})
    as_alice.post(address, {})
    [row] = as_alice.get("/api/reports/margins/").data["results"]
    assert (row["sold"], row["returned"], row["revenue"], row["cost"]) == (333, 333, "0.00", "0.00")


def test_receipts_add_up_to_the_revenue_of_the_day(as_alice, cheese):
    receipts = [book(as_alice, cheese, amount=amount).data for amount in ("0.333", "0.333", "0.123", "0.005")]
    prices = [price_of(one["quantity"], Decimal(one["unit_price"]), 3) for one in receipts]
    [row] = as_alice.get("/api/reports/margins/").data["results"]
    assert (row["revenue"], [str(price) for price in prices]) == (str(sum(prices)), ["1.83", "1.83", "0.68", "0.03"])
