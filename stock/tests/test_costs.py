"""The value of movements and of the stock: the moving average cost in the order of `sequence`."""

from decimal import Decimal

import pytest
from django.db import connection

from products.models import MAX_VALUE, Product
from stock.models import Movement
from testing.cast.people import make_product
from testing.reading.browser import Browser
from testing.tables import all_cases

URL = "/api/stock/"


@pytest.fixture
def tea(alice):
    return make_product(alice, "Tea", price="9.00", cost_price="4.00")


def book(client, product, movement_type, quantity, **fields):
    body = {"product": product.pk, "movement_type": movement_type, "quantity": quantity, **fields}
    response = client.post(URL, body)
    assert response.status_code == 201, response.json()
    return response.json()


def reverse(client, movement):
    response = client.post(f"/api/stock/operations/{movement['operation']}/reverse/", {})
    assert response.status_code == 201, response.json()
    return response.json()["movements"]


def get_value(product):
    return str(Product.objects.get(pk=product.pk).stock_value)


# --- What comes in ------------------------------------------------------------------------------------------


def test_stock_that_comes_in_costs_the_given_unit_cost(as_alice, tea):
    assert book(as_alice, tea, "IN", 3, unit_cost="3.33")["value"] == "9.99"
    assert get_value(tea) == "9.99"


def test_without_a_unit_cost_it_costs_the_cost_price(as_alice, tea):
    assert book(as_alice, tea, "IN", 3)["value"] == "12.00"


def test_without_a_cost_price_it_costs_the_average(as_alice, alice):
    cup = make_product(alice, "Cup")
    book(as_alice, cup, "IN", 3, unit_cost="1.00")
    assert book(as_alice, cup, "IN", 2)["value"] == "2.00"


def test_without_any_cost_it_costs_nothing(as_alice, alice):
    cup = make_product(alice, "Cup")
    assert book(as_alice, cup, "IN", 3)["value"] == "0.00"


def test_a_unit_cost_of_zero_is_not_a_missing_one(as_alice, tea):
    assert book(as_alice, tea, "IN", 3, unit_cost="0.00")["value"] == "0.00"


def test_the_opening_stock_costs_the_cost_price(as_alice):
    made = as_alice.post("/api/products/", {"name": "Cup", "price": "3.00", "cost_price": "1.10", "quantity": 7}).json()
    assert made["stock_value"] == "7.70"


def test_counts_and_corrections_add_stock_at_the_cost_price(as_alice, tea):
    book(as_alice, tea, "IN", 1, unit_cost="10.00")
    as_alice.post("/api/stock/counts/", {"lines": [{"product": tea.pk, "counted": 2}]})
    as_alice.patch(f"/api/products/{tea.pk}/", {"quantity": 3})
    assert get_value(tea) == "18.00"


def test_a_new_cost_price_changes_no_value(as_alice, tea):
    book(as_alice, tea, "IN", 3)
    as_alice.patch(f"/api/products/{tea.pk}/", {"cost_price": "100.00"})
    assert get_value(tea) == "12.00"


# --- What goes out ------------------------------------------------------------------------------------------


def test_what_goes_out_takes_its_share_of_the_value(as_alice, tea):
    book(as_alice, tea, "IN", 2, unit_cost="1.00")
    book(as_alice, tea, "IN", 1, unit_cost="4.00")
    assert book(as_alice, tea, "OUT", 1)["value"] == "2.00"
    assert get_value(tea) == "4.00"


def test_the_last_unit_takes_all_that_is_left(as_alice, tea):
    book(as_alice, tea, "IN", 3, unit_cost="0.01")
    book(as_alice, tea, "IN", 4, unit_cost="0.00")
    values = [book(as_alice, tea, "OUT", 1)["value"] for _ in range(7)]
    assert sum(map(Decimal, values)) == Decimal("0.03")
    assert get_value(tea) == "0.00"


@pytest.mark.quick
def test_halves_of_a_cent_are_rounded_up(as_alice, tea):
    book(as_alice, tea, "IN", 1, unit_cost="0.01")
    book(as_alice, tea, "IN", 1, unit_cost="0.00")
    assert [book(as_alice, tea, "OUT", 1)["value"] for _ in range(2)] == ["0.01", "0.00"]


def test_amounts_of_thirty_digits_are_exact(as_alice, tea):
    book(as_alice, tea, "IN", 999_999_999, unit_cost="9999999999.99")
    book(as_alice, tea, "IN", 1, unit_cost="0.01")
    out = book(as_alice, tea, "OUT", 333_333_333)
    value = 999_999_999 * 999_999_999_999 + 1  # in cents
    assert int(Decimal(out["value"]) * 100) == (2 * value * 333_333_333 + 10**9) // (2 * 10**9)


def test_a_lines_order_decides_its_value(as_alice, tea):
    lines = [
        {"product": tea.pk, "movement_type": "IN", "quantity": 2, "unit_cost": "1.00"},
        {"product": tea.pk, "movement_type": "OUT", "quantity": 1},
        {"product": tea.pk, "movement_type": "IN", "quantity": 1, "unit_cost": "3.00"},
        {"product": tea.pk, "movement_type": "OUT", "quantity": 1},
    ]
    booked = as_alice.post("/api/stock/operations/", {"lines": lines, "reason": "sale"}).json()
    assert [movement["value"] for movement in booked["movements"]] == ["2.00", "1.00", "3.00", "2.00"]
    assert get_value(tea) == "2.00"


def test_a_late_booking_changes_no_earlier_value(as_alice, tea):
    book(as_alice, tea, "IN", 2, unit_cost="1.00")
    book(as_alice, tea, "OUT", 1)
    book(as_alice, tea, "IN", 1, unit_cost="5.00", occurred_at="2026-01-01T00:00:00Z")
    values = Movement.objects.filter(product_id=tea.pk).order_by("sequence").values_list("value", flat=True)
    assert [str(value) for value in values] == ["2.00", "1.00", "5.00"]


# --- Prices -------------------------------------------------------------------------------------------------


def test_a_sale_has_the_products_price(as_alice, tea):
    book(as_alice, tea, "IN", 2)
    assert book(as_alice, tea, "OUT", 1)["unit_price"] == "9.00"


def test_a_sale_can_have_another_price(as_alice, tea):
    book(as_alice, tea, "IN", 2)
    assert book(as_alice, tea, "OUT", 1, unit_price="7.50")["unit_price"] == "7.50"


@all_cases("nothing", ["-0", -0.0, "0"])
def test_a_price_of_minus_zero_is_answered_as_it_is_stored(as_alice, tea, nothing):
    book(as_alice, tea, "IN", 1)
    sale = book(as_alice, tea, "OUT", 1, unit_price=nothing)
    assert sale["unit_price"] == "0.00"
    assert as_alice.get(f"{URL}{sale['id']}/").json() == sale


def test_what_is_not_sold_has_no_price(as_alice, tea):
    assert book(as_alice, tea, "IN", 2)["unit_price"] is None
    assert book(as_alice, tea, "OUT", 1, reason="damage")["unit_price"] is None


@pytest.mark.quick
@all_cases(
    ("fields", "name"),
    [
        ({"movement_type": "OUT", "unit_cost": "1.00"}, "unit_cost"),
        ({"movement_type": "IN", "unit_price": "1.00"}, "unit_price"),
        ({"movement_type": "IN", "unit_cost": "-1.00"}, "unit_cost"),
        ({"movement_type": "IN", "unit_cost": "1.001"}, "unit_cost"),
        ({"movement_type": "OUT", "unit_price": "10000000000.00"}, "unit_price"),
    ],
)
def test_a_cost_or_price_in_the_wrong_place_is_refused(as_alice, tea, fields, name):
    response = as_alice.post(URL, {"product": tea.pk, "quantity": 1, **fields})
    assert response.status_code == 400
    assert list(response.json()) == [name]


@pytest.mark.quick
@all_cases("name", ["unit_price", "total"])
def test_a_price_without_a_sale_is_refused(as_alice, tea, name):
    book(as_alice, tea, "IN", 2)
    body = {"product": tea.pk, "movement_type": "OUT", "quantity": 1, "reason": "damage", name: "1.00"}
    assert as_alice.post(URL, body).json()["code"] == "price_without_sale"


def test_a_stock_that_is_worth_too_much_is_refused(as_alice, alice, tea):
    """Only a chain of reversals reaches nearly the limit, so this test writes the value into the table."""
    book(as_alice, tea, "IN", 1)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE products_product SET stock_value = %s WHERE id = %s", [MAX_VALUE, tea.pk])
    refused = as_alice.post(URL, {"product": tea.pk, "movement_type": "IN", "quantity": 1, "unit_cost": "0.01"})
    assert (refused.status_code, refused.json()["code"]) == (400, "value_too_high")


# --- Reversals and transfers --------------------------------------------------------------------------------


def test_the_reversal_of_a_sale_returns_the_value_that_it_took(as_alice, tea):
    book(as_alice, tea, "IN", 2, unit_cost="1.00")
    sale = book(as_alice, tea, "OUT", 1)
    book(as_alice, tea, "IN", 1, unit_cost="9.00")
    [movement] = reverse(as_alice, sale)
    assert (movement["value"], movement["unit_price"]) == ("1.00", None)
    assert get_value(tea) == "11.00"


def test_the_reversal_of_a_delivery_takes_the_value_that_it_brought(as_alice, tea):
    delivery = book(as_alice, tea, "IN", 1, unit_cost="9.00")
    book(as_alice, tea, "IN", 9, unit_cost="1.00")
    [movement] = reverse(as_alice, delivery)
    assert (movement["value"], get_value(tea)) == ("9.00", "9.00")


def test_the_reversal_of_a_delivery_takes_at_most_what_is_left(as_alice, tea):
    delivery = book(as_alice, tea, "IN", 1, unit_cost="9.00")
    book(as_alice, tea, "IN", 9, unit_cost="0.00")
    book(as_alice, tea, "OUT", 8)
    [movement] = reverse(as_alice, delivery)
    assert (movement["value"], get_value(tea)) == ("1.80", "0.00")


@pytest.mark.quick
def test_the_reversal_that_empties_the_stock_takes_all_that_is_left(as_alice, tea):
    delivery = book(as_alice, tea, "IN", 1, unit_cost="1.00")
    book(as_alice, tea, "IN", 1, unit_cost="9.00")
    book(as_alice, tea, "OUT", 1)
    [movement] = reverse(as_alice, delivery)
    assert (movement["value"], get_value(tea)) == ("5.00", "0.00")


@pytest.mark.quick
def test_a_transfer_moves_the_value_and_keeps_the_sum(as_alice, tea):
    as_alice.post("/api/locations/", {"name": "Shelf"})
    book(as_alice, tea, "IN", 3, unit_cost="3.33")
    body = {"from": None, "to": "Shelf", "lines": [{"product": tea.pk, "quantity": 2}]}
    moved = as_alice.post("/api/stock/transfers/", body).json()
    assert [movement["value"] for movement in moved["movements"]] == ["6.66", "6.66"]
    assert get_value(tea) == "9.99"
    book(as_alice, tea, "IN", 3, unit_cost="1.00")
    undone = as_alice.post(f"/api/stock/operations/{moved['id']}/reverse/", {}).json()
    assert [movement["value"] for movement in undone["movements"]] == ["4.33", "4.33"]
    assert get_value(tea) == "12.99"


def test_undoing_the_reversal_of_a_transfer_keeps_the_value(as_alice, tea):
    as_alice.post("/api/locations/", {"name": "Shelf"})
    book(as_alice, tea, "IN", 10, unit_cost="10.00")
    body = {"from": None, "to": "Shelf", "lines": [{"product": tea.pk, "quantity": 5}]}
    operation = as_alice.post("/api/stock/transfers/", body).json()["id"]
    undone = as_alice.post(f"/api/stock/operations/{operation}/reverse/", {}).json()
    book(as_alice, tea, "OUT", 9)
    book(as_alice, tea, "IN", 9, unit_cost="1.00")
    again = as_alice.post(f"/api/stock/operations/{undone['id']}/reverse/", {}).json()
    assert [movement["value"] for movement in again["movements"]] == ["9.50", "9.50"]
    assert get_value(tea) == "19.00"


# --- Pages --------------------------------------------------------------------------------------------------


def test_a_page_books_a_delivery_at_a_cost(alice, tea):
    Browser(alice).send_task("/shop/receive/", {"product": "Tea", "quantity": "4", "unit_cost": "2.25"})
    assert get_value(tea) == "9.00"


def test_an_empty_cost_in_a_form_is_the_default(alice, tea):
    Browser(alice).send_task("/shop/receive/", {"product": "Tea", "quantity": "4", "unit_cost": ""})
    assert get_value(tea) == "16.00"


def test_the_pages_of_a_product_and_a_movement_show_the_value_to_the_owner(as_alice, alice, bob, tea):
    movement = book(as_alice, tea, "IN", 4, unit_cost="2.25")
    for address in (f"/api/products/{tea.pk}/", f"/api/stock/{movement['id']}/"):
        assert "Value at cost" in Browser(alice).get_page(address)
        assert "Value at cost" not in Browser(bob).get_page(address)
