"""/api/reports/accounts/: the value of the stock when a period began, what has changed it, and the value at the end."""

from decimal import Decimal

import pytest

from desk.reports.reading.account import AMOUNTS
from desk.reports.tests.reporting import ago, book, read_report, reverse
from products.models import Category
from testing.cast import make_product

pytestmark = pytest.mark.check


def read_account(client, **query):
    """Return the amounts of the totals that are not 0, without the decimals."""
    totals = read_report(client, "accounts", **query)["totals"]
    return {name: float(totals[name]) for name in AMOUNTS if Decimal(totals[name])}


@pytest.fixture
def tea(alice):
    category = Category.objects.create(owner=alice, name="Tea")
    return make_product(alice, "Assam", sku="A", price="9.00", cost_price="4.00", category=category)


def test_each_reason_has_its_line(as_alice, tea):
    book(as_alice, tea, "IN", 20, ago(40), reason="purchase")
    book(as_alice, tea, "OUT", 3, reason="sale")
    book(as_alice, tea, "OUT", 1, reason="damage")
    book(as_alice, tea, "IN", 2, reason="correction")
    assert read_account(as_alice) == {"opening": 80, "cost_of_sales": -12, "lost": -4, "corrected": 8, "closing": 72}


def test_a_reversal_counts_for_what_it_undoes(as_alice, tea):
    book(as_alice, tea, "IN", 10)
    for _ in range(2):
        sale = reverse(as_alice, book(as_alice, tea, "OUT", 1))
    reverse(as_alice, sale)
    assert read_account(as_alice) == {"bought": 40, "cost_of_sales": -4, "closing": 36}
