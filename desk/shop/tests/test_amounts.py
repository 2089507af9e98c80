"""The pages show and take amounts of goods by weight, with the unit and in the shop's number format."""

import pytest

from desk.shop.tests.reading import find_cell_errors, find_field_errors, read_message
from products.models import Code, Product
from testing.cast.orders import make_supplier, send_order
from testing.cast.people import client_of, make_location, make_product
from testing.cast.reservations import reserve
from testing.reading.browser import Browser
from testing.tables import all_cases
from trade.customers.models import Customer
from users.models import CSVFormat, User


@pytest.fixture
def brie(alice):
    return make_product(alice, "Brie", 12_500, unit="kg", decimals=3, price="20.00", cost_price="8.00")


@pytest.fixture
def european(alice):
    User.objects.filter(pk=alice.pk).update(csv_format=CSVFormat.EUROPEAN)
    alice.refresh_from_db()
    return Browser(alice)


def count_grams():
    return Product.objects.get(name="Brie").quantity


@all_cases("typed", ["0.25", "0,25", "0.250"])
def test_sells_an_amount(browser, brie, typed):
    response = browser.send_task("/shop/sell/", {"product": "brie", "quantity": typed})
    assert read_message(browser, response) == "Sold 0.250 kg of Brie: 12.250 kg in stock."


def test_a_european_shop_writes_a_comma(european, brie):
    response = european.send_task("/shop/sell/", {"product": "brie", "quantity": "1,5"})
    assert read_message(european, response) == "Sold 1,500 kg of Brie: 11,000 kg in stock."
    assert "11,000 kg" in european.get_page(f"/api/products/{brie.pk}/")


@all_cases(("typed", "few", "many"), [("1.000", "1,000", "1.000,000"), ("2.250", "2,250", "2.250,000")])
def test_an_amount_that_may_be_a_thousand_is_asked_for(european, brie, typed, few, many):
    response = european.send_task("/shop/receive/", {"product": "brie", "quantity": typed})
    assert find_cell_errors(response, "quantity") == [f"Is this {few} or {many}? Write it in this way."]
    assert count_grams() == 12_500


@all_cases("typed", ["1000", "1.000,0"])
def test_a_thousand_is_written_without_a_separator_or_with_decimals(european, brie, typed):
    european.send_task("/shop/receive/", {"product": "brie", "quantity": typed})
    assert count_grams() == 1_012_500


def test_too_many_decimals_and_half_a_piece_are_refused_at_their_cells(browser, brie, earl):
    lines = [{"product": "brie", "quantity": "0.2505"}, {"product": "earl", "quantity": "0.5"}]
    response = browser.send_task("/shop/sell/", *lines)
    assert find_cell_errors(response, "quantity") == ["Too many decimals: an amount of this product has at most 3."]
    response = browser.send_task("/shop/sell/", lines[1])
    assert "whole numbers" in find_cell_errors(response, "quantity")[0]


def test_receives_at_the_cost_of_an_invoice(browser, brie):
    browser.send_task("/shop/receive/", {"product": "brie", "quantity": "2.38", "cost": "41.20"})
    assert str(Product.objects.get(name="Brie").stock_value) == "141.20"


def test_counts_and_shows_the_difference_before_it_books(browser, brie):
    review = browser.send_task("/shop/count/", {"product": "brie", "counted": "12.4"})
    assert "\N{MINUS SIGN}0.100 kg" in review.text


def test_a_count_of_a_place_expects_an_amount(browser, as_alice, brie, alice):
    place = make_location(alice, "Shelf")
    as_alice.post(
        "/api/stock/transfers/", {"from": None, "to": "Shelf", "lines": [{"product": brie.pk, "amount": "2"}]}
    )
    page = browser.get_page(f"/shop/count/?place={place.pk}")
    assert 'data-expected="2.000"' in page
    assert "2.000 kg" in page


def test_moves_reserves_and_writes_off_amounts(browser, brie, alice):
    make_location(alice, "Shelf")
    response = browser.send_task("/shop/move/", {"product": "brie", "quantity": "0.5"}, **{"from": "", "to": "Shelf"})
    assert read_message(browser, response) == "Moved 0.500 kg of Brie: no place → Shelf."
    browser.send_task("/shop/reserve/", {"product": "brie", "quantity": "1.5"})
    assert "1.500 kg" in browser.get_page(f"/api/products/{brie.pk}/")
    response = browser.send_task("/shop/write-off/", {"product": "brie", "quantity": "0.125"}, reason="damage")
    assert read_message(browser, response) == "Wrote off 0.125 kg of Brie: 12.375 kg in stock."


def test_the_form_of_a_product_has_amounts(european, brie):
    address = f"/api/products/{brie.pk}/"
    values = european.form_values(address, "put")
    assert (values["quantity"], values["min_threshold"], values["pack_size"]) == ("12,500", "", "0,001")
    assert european.put(address).status_code < 400
    response = european.put(address, quantity="11,25", min_threshold="0,5")
    assert response.status_code < 400, response.text[:500]
    changed = Product.objects.get(pk=brie.pk)
    assert (changed.quantity, changed.min_threshold, changed.pack_size) == (11_250, 500, 1)


def test_the_form_that_gives_a_product_decimals_keeps_what_it_shows(browser, alice):
    ham = make_product(alice, "Ham", 0, min_threshold=5, pack_size=12)
    as_owner = client_of(alice)
    as_owner.patch(f"/api/products/{ham.pk}/", {"codes": [{"code": "CASE", "quantity": 24}]})
    assert browser.put(f"/api/products/{ham.pk}/", decimals="3").status_code < 400
    changed = as_owner.get(f"/api/products/{ham.pk}/").data
    kept = changed["min_threshold"], changed["pack_size"], changed["codes"][0]["quantity"]
    assert kept == (5000, 12_000, 24_000)


def test_adds_a_product_by_weight(browser, brie):
    assert brie.unit == "kg"
    browser.send_task("/shop/products/add/", name="Gouda", price="15", quantity="3.5", decimals="3", unit="kg")
    gouda = Product.objects.get(name="Gouda")
    assert (gouda.decimals, gouda.quantity) == (3, 3500)


@pytest.fixture
def sale(as_alice, brie):
    """Return the id of a sale of 250 g of brie, which is low."""
    Product.objects.filter(pk=brie.pk).update(min_threshold=13_000)
    return as_alice.post("/api/stock/", {"product": brie.pk, "movement_type": "OUT", "amount": "0.25"}).data[
        "operation"
    ]


@all_cases(
    "address",
    [
        "/api/products/", "/api/stock/", "/api/products/{pk}/movements/", "/api/products/{pk}/statement/",
        "/api/stock/levels/", "/api/reports/margins/", "/api/reports/days-left/", "/api/reports/movements/",
        "/api/stock/operations/{operation}/", "/api/products/alerts/",
    ],
)  # fmt: skip
def test_pages_show_amounts_with_the_unit(browser, brie, sale, address):
    page = browser.get_page(address.format(pk=brie.pk, operation=sale))
    assert "0.250 kg" in page or "12.250 kg" in page
    assert ">12,250</span>" not in page


def test_a_sheet_counts_typed_amounts(browser, as_alice, brie):
    sheet = as_alice.post("/api/stock/sheets/", {"name": "All", "select": {"products": [brie.pk]}}).data["id"]
    response = browser.send_task(f"/shop/sheets/{sheet}/count/", code=str(brie.name), quantity="12.4")
    assert response.status_code == 303, response.text[:300]
    [entry] = as_alice.get(f"/api/stock/sheets/{sheet}/entries/").data["results"]
    assert (entry["quantity"], entry["amount"]) == (12_400, "12.400")


@pytest.fixture
def orders(alice, as_alice, brie):
    """Return the ids of a customer with a reservation, and of a purchase order, each of 1,250 g of brie."""
    customer = Customer.objects.create(owner=alice, name="Ann").pk
    reserved = reserve(as_alice, brie, 1250, customer=customer)["id"]
    order = send_order(as_alice, make_supplier(alice), brie, quantity=1250)["id"]
    return {"reserved": reserved, "customer": customer, "order": order}


@all_cases(
    "address",
    [
        "/shop/orders/", "/api/stock/reservations/", "/api/stock/reservations/{reserved}/",
        "/api/customers/{customer}/", "/api/purchase-orders/", "/api/purchase-orders/{order}/",
        "/shop/form/purchase-orders/{order}/close/",
    ],
)  # fmt: skip
def test_pages_of_orders_show_amounts_with_the_unit(browser, orders, address):
    assert "1.250 kg" in browser.get_page(address.format(**orders))


# --- On the form of a product --------------------------------------------------------------------------


@all_cases(("typed", "grams"), [("2,5", 2500), ("2.500", None), ("3", 3000), ("0,0005", None)])
def test_a_further_code_stands_for_an_amount(european, brie, typed, grams):
    form = f"/shop/form/products/{brie.pk}/"
    answer = european.send_task(form, codes=f"WHEEL = {typed}")
    assert answer.status_code == (303 if grams else 400)
    assert [*Code.objects.values_list("quantity", flat=True)] == [grams] * bool(grams)
    assert european.send_task(form, name="Brie").status_code == 303


def test_the_form_shows_the_amounts_of_further_codes(european, alice, brie):
    client_of(alice).patch(
        f"/api/products/{brie.pk}/", {"codes": [{"code": "WHEEL", "quantity": 2500}, {"code": "PLU"}]}
    )
    assert european.task_values(f"/shop/form/products/{brie.pk}/")["codes"] == ["PLU\nWHEEL = 2,500"]


def test_codes_of_pieces_have_whole_numbers(browser, earl):
    form = f"/shop/form/products/{earl.pk}/"
    assert browser.send_task(form, codes="CASE = 1,000").status_code == 303
    assert browser.task_values(form)["codes"] == ["CASE = 1000"]
    answer = browser.send_task(form, codes="CASE = 1,5")
    assert "Quantities are whole numbers" in find_field_errors(answer, "codes")[0]


@all_cases(("typed", "stored"), [("1,5", "1.5"), ("1.234,5", "1234.5"), ("1,234", "1.234"), ("-0,125", "-0.125")])
def test_a_number_of_an_own_field_has_the_sign_of_the_shop(european, alice, brie, typed, stored):
    client_of(alice).post("/api/fields/", {"key": "fat", "label": "Fat", "type": "number"})
    form = f"/shop/form/products/{brie.pk}/"
    assert european.send_task(form, **{"fields.fat": typed}).status_code == 303
    assert client_of(alice).get(f"/api/products/{brie.pk}/").json()["fields"] == {"fat": stored}
    assert european.task_values(form)["fields.fat"] == [stored.replace(".", ",")]
    refused = european.send_task(form, **{"fields.fat": "1.250"})
    assert find_field_errors(refused, "fields.fat") == ["Is this 1,250 or 1.250,000? Write it in this way."]
