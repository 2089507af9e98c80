"""/api/reports/accounts/: the value of the stock when a period began, what has changed it, and the value at the end."""

from decimal import Decimal

import pytest

from desk.reports.reading.account import AMOUNTS
from desk.reports.tests.reporting import REPORTS, ago, book, read_csv, read_report, read_rows, reverse
from products.models import Category
from stock.making.tests.recipes import make, write_recipe
from testing.cast.people import make_product
from testing.reading.browser import Browser
from testing.tables import all_cases


def read_account(client, **query):
    """Return the amounts of the totals that are not 0, without the decimals."""
    totals = read_report(client, "accounts", **query)["totals"]
    return {name: float(totals[name]) for name in AMOUNTS if Decimal(totals[name])}


@pytest.fixture
def tea(alice):
    category = Category.objects.create(owner=alice, name="Tea")
    return make_product(alice, "Assam", sku="A", price="9.00", cost_price="4.00", category=category)


@pytest.mark.quick
@all_cases(
    ("reason", "line", "value"),
    [
        ("purchase", "bought", 4), ("sale", "cost_of_sales", -4), ("expiry", "lost", -4), ("damage", "lost", -4),
        ("theft", "lost", -4), ("correction", "corrected", 4), ("other", "other", 4),
    ],
)  # fmt: skip
def test_each_reason_has_its_line(as_alice, tea, reason, line, value):
    book(as_alice, tea, "IN", 20, ago(40), reason="purchase")
    book(as_alice, tea, "IN" if value > 0 else "OUT", 1, reason=reason)
    assert read_account(as_alice) == {"opening": 80, line: value, "closing": 80 + value}


@pytest.mark.quick
def test_what_is_made_and_what_is_used_for_it_have_their_own_lines(as_alice, alice, tea):
    book(as_alice, tea, "IN", 20, ago(40), reason="purchase")
    write_recipe(alice, bag := make_product(alice, "Bag"), 1, {tea: 2})
    assert make(as_alice, bag, 3).status_code == 201
    assert read_account(as_alice) == {"opening": 80, "made": 24, "used": -24, "closing": 80}


def test_a_reversal_counts_for_what_it_undoes(as_alice, tea):
    book(as_alice, tea, "IN", 10)
    for _ in range(2):
        sale = reverse(as_alice, book(as_alice, tea, "OUT", 1))
    reverse(as_alice, sale)
    assert read_account(as_alice) == {"bought": 40, "cost_of_sales": -4, "closing": 36}


def test_what_a_reversal_can_not_take_back_is_rounding(as_alice, tea):
    book(as_alice, tea, "IN", 10)
    dear = book(as_alice, tea, "IN", 10, unit_cost="30.00")
    book(as_alice, tea, "OUT", 9)
    reverse(as_alice, dear)
    found = {"bought": 40, "cost_of_sales": -153, "rounding": 113}
    assert read_account(as_alice) == found


def test_a_reversal_of_something_earlier_stays_in_its_own_period(as_alice, tea):
    delivery = book(as_alice, tea, "IN", 10, ago(40))
    before = {"from": ago(60).isoformat(), "to": ago(35).isoformat()}
    first = read_account(as_alice, **before)
    reverse(as_alice, delivery)
    assert first == read_account(as_alice, **before) == {"bought": 40, "closing": 40}
    assert read_account(as_alice) == {"opening": 40, "reversed": -40}


def test_what_goes_back_to_a_supplier_has_its_own_line(as_alice, tea):
    delivery, sale = book(as_alice, tea, "IN", 10), book(as_alice, tea, "OUT", 2)
    for operation in (delivery["operation"], sale["operation"]):
        lines = [{"product": tea.pk, "quantity": 1}]
        assert as_alice.post(f"/api/stock/operations/{operation}/return/", {"lines": lines}).status_code == 201
    assert read_account(as_alice) == {
        "bought": 40, "cost_of_sales": -8, "came_back": 4, "went_back": -4, "closing": 32,
    }  # fmt: skip


def test_what_passes_through_a_product_without_stock_adds_nothing(as_alice, alice):
    work = make_product(alice, "Work", keeps_stock=False, cost_price="5.00")
    sale = book(as_alice, work, "OUT", 2)
    assert as_alice.post(f"/api/stock/operations/{sale['operation']}/return/", {}).status_code == 201
    assert read_rows(as_alice, "accounts", by="product") == []


def test_the_clock_decides_where_a_late_booking_counts(as_alice, tea):
    book(as_alice, tea, "IN", 10, ago(40))
    assert read_account(as_alice) == {"opening": 40, "closing": 40}
    assert read_account(as_alice, clock="recorded") == {"bought": 40, "closing": 40}


def test_archived_products_and_those_without_a_category_are_in_the_account(as_alice, alice, tea):
    pin = make_product(alice, "Pin", 5, cost_price="1.00")
    book(as_alice, tea, "IN", 1)
    as_alice.delete(f"/api/products/{tea.pk}/")
    rows = read_csv(as_alice, "accounts")
    assert [(row["name"], row["opened"], row["closing"]) for row in rows] == [
        ("Tea", "0.00", "4.00"), ("Uncategorized", "5.00", "5.00"),
    ]  # fmt: skip
    assert "sku" not in rows[0]
    assert [row["product"] for row in read_csv(as_alice, "accounts", by="product")] == [str(tea.pk), str(pin.pk)]


def test_the_page_shows_only_lines_with_an_amount(alice, as_alice, tea):
    book(as_alice, tea, "IN", 10)
    page = Browser(alice).get_page(f"{REPORTS}accounts/?period=today")
    assert ("Bought" in page, "Cost of sales" in page, "40.00" in page) == (True, False, True)
