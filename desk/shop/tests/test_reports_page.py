"""The page of the reports: their order, their figures, and the statements that these take."""

import re
from datetime import timedelta

from django.db import connection
from django.test.utils import CaptureQueriesContext

from desk.shop.reports_page import ENTRIES
from testing.browser import Browser
from testing.cast import make_product
from users.models import User

# What the bar, the session and the menu take on every page, then two for the dashboard and one for what expires.
STATEMENTS = 3


def read_reports(user):
    """Return (title, figure) of each report on the page."""
    page = Browser(user).get_page("/shop/reports/").partition('<div class="reports">')[2].partition("</div>")[0]
    return re.findall(r"<li><a [^>]*>(.*?)</a>(?: <b>(.*?)</b>)? <span", page)


def test_the_reports_are_in_the_order_in_which_an_owner_asks(alice):
    assert [title for title, _ in read_reports(alice)] == [
        "Low and expired", "Products by expiry date", "Sales", "Value of the stock", "Tomorrow&#x27;s order",
        "Losses", "Not moving", "Movements by period", "Compare",
    ]  # fmt: skip


def test_the_figures_are_those_of_the_dashboard(alice):
    User.objects.filter(pk=alice.pk).update(currency="EUR")
    make_product(alice, "Tea", 400, price="5.00", expiration_date=alice.shop_today() + timedelta(days=2))
    make_product(alice, "Cup", 1, price="5.00", min_threshold=2)
    figures = [figure for _, figure in read_reports(User.objects.get(pk=alice.pk)) if figure]
    assert figures == ["1 is low on stock", "1 is about to expire within 14 days", "2,005.00 EUR"]


def test_a_worker_has_no_report_that_shows_costs(bob, alice):
    titles = [{title for title, _ in read_reports(user)} for user in (alice, bob)]
    assert titles[0] - titles[1] == {"Losses"}


def test_the_figures_take_the_same_statements_for_any_number_of_products(alice):
    browser = Browser(alice)
    for number in range(3):
        make_product(alice, f"P{number}", 5, min_threshold=9)
        with CaptureQueriesContext(connection) as captured:
            browser.get_page("/shop/reports/")
        assert sum("products_" in query["sql"] and "tills_till" not in query["sql"] for query in captured) == STATEMENTS


def test_there_are_fewer_than_ten_reports():
    assert len(ENTRIES) < 10
