"""Money of a shop whose currency has no decimals: shown, typed and charged in whole amounts."""

import io
from decimal import Decimal

import pytest

from desk.shop.tests.reading import find_cell_errors
from products.models import Product
from stock.models import Movement
from testing.cast.people import make_product
from testing.reading.browser import Browser
from testing.tables import all_cases
from trade.quotes.models import QuoteLine
from trade.reservations.models import Reservation, ReservationLine
from users.models import User

NO_DECIMALS = "JPY has no decimals, but 2.50 has some. Enter a whole amount."


@pytest.fixture
def tokyo(alice):
    User.objects.filter(pk=alice.pk).update(currency="JPY")
    alice.refresh_from_db()
    return Browser(alice)


@pytest.fixture
def tuna(alice):
    return make_product(alice, "Tuna", 5_000, sku="TUNA", unit="kg", decimals=3, price="999.00", cost_price="500.00")


@pytest.mark.quick
def test_decimals_are_refused_where_money_is_typed(tokyo, earl):
    response = tokyo.send_task("/shop/sell/", {"product": "earl", "unit_price": "2.50"})
    assert find_cell_errors(response, "unit_price") == [NO_DECIMALS]
    assert NO_DECIMALS in tokyo.send_task("/shop/products/add/", name="Cup", price="2.50").text
    assert NO_DECIMALS in tokyo.put(f"/api/products/{earl.pk}/", price="2.50").text
    assert tokyo.put(f"/api/products/{earl.pk}/", price="2.00").status_code < 400


@all_cases("typed", ["1,990", "1.990", "1990", "1990.00"])
def test_thousands_may_have_a_separator_where_nothing_else_can_be_meant(tokyo, earl, typed):
    Product.objects.filter(pk=earl.pk).update(price=Decimal(1500))
    assert tokyo.send_task("/shop/products/add/", name="Cup", price=typed).status_code == 303
    assert Product.objects.get(name="Cup").price == Decimal(1990)
    assert tokyo.put(f"/api/products/{earl.pk}/", price=typed).status_code < 400
    assert Product.objects.get(pk=earl.pk).price == Decimal(1990)


def test_programs_keep_two_places(tokyo, as_alice, earl):
    answer = as_alice.patch(f"/api/products/{earl.pk}/", {"price": "2.00", "cost_price": "2.50"})
    assert [answer.json()[name] for name in ("price", "cost_price")] == ["2.00", "2.50"]
    assert as_alice.patch(f"/api/products/{earl.pk}/", {"price": "2.50"}).json() == {"price": [NO_DECIMALS]}


def test_a_form_keeps_what_is_stored_with_decimals(tokyo, earl):
    Product.objects.filter(pk=earl.pk).update(price=Decimal("2.50"))
    assert tokyo.put(f"/api/products/{earl.pk}/", price="2.50", cost_price="1.50").status_code < 400
    earl.refresh_from_db()
    assert (earl.price, earl.cost_price) == (Decimal("2.50"), Decimal("1.50"))


def test_a_form_shows_whole_amounts_without_decimals(tokyo, tuna):
    assert 'value="999"' in tokyo.get_page(f"/shop/form/products/{tuna.pk}/")
    assert "999 JPY" in tokyo.get_page("/api/products/")


@pytest.mark.quick
@all_cases(
    ("quantity", "typed", "price", "revenue"),
    [("0.25", "", "1000.00", "250.00"), ("1", "", "999.00", "999.00"), ("3.333", "1000", "1000.00", "3333.00")],
)
def test_a_sale_by_weight_costs_a_whole_amount(tokyo, as_alice, tuna, quantity, typed, price, revenue):
    tokyo.send_task("/shop/sell/", {"product": "tuna", "quantity": quantity, "unit_price": typed})
    assert Movement.objects.order_by("id").last().unit_price == Decimal(price)
    assert as_alice.get("/api/reports/margins/").json()["totals"]["revenue"] == revenue


@pytest.mark.quick
def test_what_was_reserved_is_charged_at_a_whole_amount(tokyo, as_alice, tuna):
    line = {"product": tuna.pk, "amount": "0.25", "unit_price": "1003.00"}
    pk = as_alice.post("/api/stock/reservations/", {"lines": [line]}).json()["id"]
    Product.objects.filter(pk=tuna.pk).update(price="5.00")
    tokyo.send_task(f"/shop/reservations/{pk}/fulfil/", {"product": "tuna", "quantity": "0.25"})
    assert Movement.objects.order_by("id").last().unit_price == Decimal("1004.00")
    assert "251 JPY" in tokyo.get_page(f"/api/stock/reservations/{pk}/file/?format=html")


@pytest.mark.quick
def test_kept_prices_with_a_fraction_are_taken_as_pages_offer_them(tokyo, as_alice, alice):
    """A quote by weight keeps the price at which its line costs a whole amount, and older rows have parts of a yen."""
    ham = make_product(alice, "Ham", 90_000, sku="HAM", price="2221", decimals=3, unit="kg")
    cup = make_product(alice, "Cup", 900, sku="CUP", price="10")
    tokyo.send_task("/shop/quote/", {"product": "ham", "quantity": "0.333"}, {"product": "cup", "quantity": "2"})
    quote = QuoteLine.objects.get(product=ham)
    assert quote.unit_price == Decimal("2222.22")
    send_as_offered(tokyo, f"/shop/quotes/{quote.quote_id}/", {"note": ["n"]}, {"quantity": ["0.300", "2", ""]})
    order = as_alice.post(f"/api/quotes/{quote.quote_id}/accept/", {}).json()["id"]
    for product, price in ((ham, "2222.22"), (cup, "10.50")):
        ReservationLine.objects.filter(product=product).update(unit_price=price, price_from=None)
    for page in (f"/shop/reservations/{order}/", f"/shop/reserve/?again={order}"):
        send_as_offered(tokyo, page, {}, {"note": ["m"]}, {"quantity": ["0.400", "2", ""]}, {})
    send_as_offered(tokyo, f"/shop/reservations/{order}/fulfil/", {"quantity": ["0.123", "1"], "keep_rest": ["true"]})
    send_as_offered(tokyo, f"/shop/reservations/{Reservation.objects.get(continues=order).pk}/fulfil/", {})
    assert [one["total"] for one in as_alice.get("/api/sales/").json()["results"]] == ["626.50", "283.50"]


def send_as_offered(browser, page, *changes):
    """Send the form as the page offers it, with each of the changes."""
    for change in changes:
        sent = browser.client.post(page, browser.task_values(page) | change)
        assert sent.status_code == 303, (page, change, find_cell_errors(sent, "unit_price"))


def test_a_file_keeps_the_decimals_of_quantities(tokyo, as_alice, alice):
    make_product(alice, "Salmon", 5_000, unit="kg", decimals=3, price="999.00")
    tokyo.send_task("/shop/sell/", {"product": "salmon", "quantity": "1"})
    file = as_alice.get("/api/reports/margins/?format=csv").getvalue().decode()
    names, row = (line.split(",") for line in file.splitlines())
    found = dict(zip(names, row, strict=True))
    assert (found["sold"], found["sold_without_cost"], found["revenue"]) == ("1.000", "1.000", "999")


def test_files_and_labels_have_whole_amounts(tokyo, as_alice, earl, tuna):
    Product.objects.filter(pk=earl.pk).update(price="2.50")
    lines = as_alice.get("/api/products/export/").getvalue().decode().splitlines()
    names = lines[0].split(",")
    prices = {row.split(",")[names.index("name")]: row.split(",")[names.index("price")] for row in lines[1:]}
    assert (prices["Tuna"], prices[earl.name]) == ("999", "2.50")
    assert "999 JPY / kg" in as_alice.get(f"/api/products/{tuna.pk}/label/").text


@all_cases(
    ("price", "choices", "stored"),
    [
        ("1,200", {}, "1200.00"),
        ("1200.00", {}, "1200.00"),
        ("2.50", {}, None),
        ("2.50", {"fractions": "amounts"}, "3.00"),
        ("1.990", {}, "1990.00"),
        ("1.000", {}, "1000.00"),
        ("1,000", {}, "1000.00"),
    ],
)
def test_files_are_read_in_whole_amounts(tokyo, as_alice, price, choices, stored):
    file = io.BytesIO(f'name,price\r\nCup,"{price}"\r\n'.encode())
    answer = as_alice.post("/api/products/import/", {"file": file, **choices}, format="multipart")
    assert [str(row.price) for row in Product.objects.filter(name="Cup")] == ([stored] if stored else [])
    assert ("JPY has no decimals" in answer.text) is (stored is None)


def test_the_support_desk_takes_whole_amounts(tokyo, admin_client, tuna):
    address = f"/admin/products/product/{tuna.pk}/change/"
    form = admin_client.get(address).context["adminform"].form
    assert "JPY has no decimals" in str(type(form)({**form.initial, "price": "2.50"}, instance=tuna).errors["price"])


@pytest.mark.quick
def test_what_was_promised_for_nothing_stays_free_if_the_price_is_emptied(tokyo, as_alice, tuna):
    line = {"product": tuna.pk, "quantity": 750, "unit_price": "0"}
    made = as_alice.post("/api/stock/reservations/", {"lines": [line]}).json()
    assert tokyo.send_task(f"/shop/reservations/{made['id']}/fulfil/", unit_price=[""]).status_code == 303
    assert Movement.objects.latest("pk").unit_price == 0
