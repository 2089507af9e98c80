"""The pages of the reports: plots and bars with the numbers of the tables."""

import re
from datetime import date, timedelta
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.db.models import Sum
from django.test.utils import CaptureQueriesContext

from desk.reports.overview.levels import DAYS_PLOTTED
from desk.reports.tests.reporting import ago, book, read_rows
from desk.reports.toolkit.plots import MAX_DAYS_PLOTTED, MAX_PRODUCTS_PLOTTED, split
from products.models import Category, Product
from testing.cast.people import client_of, make_product
from testing.reading.browser import Browser
from testing.tables import all_cases
from trade.purchasing.demand import MAX_DAYS
from users.models import User

MAY = "/api/reports/movements/?from=2026-05-01&to=2026-06-01"


@pytest.fixture
def cup(alice, as_alice):
    """Return a product whose movements are in May."""
    cup = make_product(alice, "Cup", 100, category=Category.objects.create(owner=alice, name="Crockery"))
    book(as_alice, cup, "IN", 7, "2026-05-03T08:00:00Z")
    book(as_alice, cup, "OUT", 2, "2026-05-03T21:00:00Z")
    return cup


def read_plot(page):
    """Return the rows of the plot's table, and the number of its bars with a height."""
    plot = page.partition('<div class="plot">')[2].partition("</table>")[0]
    rows = [re.findall(r"<td>(.*?)</td>", row) for row in re.findall(r"<tr>(.*?)</tr>", plot, re.DOTALL)]
    return rows, len(re.findall(r'<rect class="\w+" [^>]*height="[1-9]', plot))


def read_shares(page):
    return [int(width) for width in re.findall(r'<svg class="share" aria-hidden="true"><rect width="(\d+)%"', page)]


def test_the_movements_are_plotted_by_day_with_the_table_s_numbers(alice, as_alice, cup, kettle):
    book(as_alice, kettle, "OUT", 3, "2026-05-03T09:00:00Z")
    rows, bars = read_plot(Browser(alice).get_page(MAY))
    assert len(rows) == 1 + 31
    assert rows[0] == ["", "in", "out"]
    assert rows[3] == ["3 May", "7", "5"]
    assert bars == 2
    days = read_rows(as_alice, "movements", **{"from": "2026-05-01", "to": "2026-06-01"})
    assert sum(row["quantity_out"] for row in days) == 5


def test_the_plot_has_the_products_of_the_filter(alice, as_alice, cup, kettle):
    book(as_alice, kettle, "OUT", 3, "2026-05-03T09:00:00Z")
    rows, _ = read_plot(Browser(alice).get_page(f"{MAY}&category=Crockery"))
    assert rows[3] == ["3 May", "7", "2"]


def test_the_days_of_the_plot_are_the_shop_s(alice, cup):
    alice.time_zone = "Asia/Tokyo"  # Tokyo is 9 hours ahead, so 21:00 is in the next day
    alice.save(update_fields=["time_zone"])
    rows, _ = read_plot(Browser(alice).get_page(MAY))
    assert rows[3:5] == [["3 May", "7", "0"], ["4 May", "0", "2"]]


@pytest.mark.quick
@all_cases(("days", "columns"), [(1, 1), (MAX_DAYS_PLOTTED, 62), (MAX_DAYS_PLOTTED + 1, 9), (MAX_DAYS, 53)])
def test_a_long_period_is_plotted_by_week(alice, cup, days, columns):
    end = date(2026, 5, 3) + timedelta(days=days)
    page = Browser(alice).get_page(f"/api/reports/movements/?from=2026-05-03&to={end}")
    rows, _ = read_plot(page)
    assert rows[1] == ["3 May", "7", "2"]
    assert len(rows) == 1 + columns
    widths = re.findall(r'<rect class="in" x="[\d.]+%" y="\d+" width="(-?[\d.]+)%"', page)
    assert len(widths) == columns
    assert all(float(width) > 0 for width in widths)


def test_the_plot_compares_with_the_period_before(alice, cup):
    page = Browser(alice).get_page("/api/reports/movements/?from=2026-05-04&to=2026-05-06")
    assert '<polyline class="before"' not in page  # nothing has moved since the day before
    book(client_of(alice), cup, "OUT", 1, "2026-05-04T09:00:00Z")
    page = Browser(alice).get_page("/api/reports/movements/?from=2026-05-04&to=2026-05-06")
    assert read_plot(page)[0] == [["", "in", "out", "before"], ["4 May", "0", "1", "0"], ["5 May", "0", "0", "7"]]
    assert '<polyline class="before"' in page


def test_nothing_is_plotted_without_movements_or_for_programs(alice, as_alice, cup):
    assert 'class="plot"' not in Browser(alice).get_page("/api/reports/movements/?from=2020-01-01&to=2020-02-01")
    with CaptureQueriesContext(connection) as captured:
        as_alice.get(MAY)
    assert sum("width_bucket" in query["sql"] for query in captured) == 1


def test_the_values_by_category_have_bars(alice, cup):
    cup.refresh_from_db()
    make_product(alice, "Pin", 21, price="10", category=Category.objects.create(owner=alice, name="Pins"))
    browser = Browser(alice)
    assert read_shares(browser.get_page("/api/reports/valuation/")) == [100, 20]
    assert read_shares(browser.get_page("/api/dashboard/")) == [100, 20]


def test_the_days_left_have_bars(alice, as_alice, kettle, cup):
    for product, quantity in [(cup, 5), (kettle, 1)]:
        book(as_alice, product, "OUT", quantity)
    lasting = [row["days_left"] for row in read_rows(as_alice, "days-left")]
    shares = read_shares(Browser(alice).get_page("/api/reports/days-left/"))
    assert shares == [max(round(100 * days / max(lasting)), 1) if days else 0 for days in lasting]


@pytest.mark.quick
def test_the_alerts_plot_each_quantity_against_its_threshold(alice):
    make_product(alice, "Cup", 2, min_threshold=5)
    make_product(alice, "Pot & lid", 0, min_threshold=4)
    make_product(alice, "Bowl", 9, min_threshold=5)
    page = Browser(alice).get_page("/api/products/alerts/")
    rows, bars = read_plot(page)
    assert rows == [["", "quantity", "low at"], ["Pot &amp; lid", "0", "4"], ["Cup", "2", "5"]]
    assert bars == 4
    assert "<title>Cup: 2 quantity, 5 low at</title>" in page


def test_the_alerts_plot_the_most_urgent_products_alone(alice):
    for number in range(MAX_PRODUCTS_PLOTTED + 1):
        make_product(alice, f"Cup {number}", 0, min_threshold=number + 1)
    page = Browser(alice).get_page("/api/products/alerts/")
    assert len(read_plot(page)[0]) == 1 + MAX_PRODUCTS_PLOTTED
    assert f"the {MAX_PRODUCTS_PLOTTED} most urgent" in page


def test_nothing_is_plotted_if_nothing_is_low(alice):
    make_product(alice, "Cup", 9)
    assert 'class="plot"' not in Browser(alice).get_page("/api/products/alerts/")


def test_the_statement_plots_each_balance(alice, cup):
    address = f"/api/products/{cup.pk}/statement/"
    rows, _ = read_plot(Browser(alice).get_page(address))
    assert rows[0] == ["", "level"]
    assert [row[1] for row in rows[1:]] == ["0", "100", "107", "105"]
    assert [row[0] for row in rows[3:]] == ["3 May", "3 May"]
    assert 'class="plot"' not in Browser(alice).get_page(f"{address}?to=2020-01-01")


@all_cases(("number", "sizes"), [(1, [1]), (3, [2, 3]), (4, [2, 4])])
def test_a_long_statement_plots_the_last_balance_of_each_part(number, sizes):
    rows = [{"new_quantity": place + 1} for place in range(number)]
    assert [part[-1]["new_quantity"] for part in split(rows, min(number, 2))] == sizes


def test_the_levels_plot_the_sum_of_all_products_by_day(alice, as_alice, kettle):
    cup = make_product(alice, "Cup")
    day = (alice.shop_today() - timedelta(days=3)).isoformat()
    book(as_alice, cup, "IN", 7, f"{day}T00:00:00Z")
    book(as_alice, cup, "OUT", 2, f"{day}T23:59:59.999999Z")
    before, after = read_totals(alice, "")[-5:-3]
    assert after - before == 5
    assert read_totals(alice, "")[-1] == Product.objects.aggregate(total=Sum("quantity"))["total"]
    assert read_totals(alice, "?clock=recorded")[-2:] == [0, kettle.quantity + 5]
    assert read_totals(alice, f"?as_of={day}")[-2:] == [0, 7]  # the first instant of the day is included


def test_a_plot_of_levels_agrees_with_the_list_at_its_instant(alice, as_alice):
    cup = make_product(alice, "Cup")
    book(as_alice, cup, "IN", 7, ago(10))
    moment = book(as_alice, cup, "OUT", 2, ago(2))["occurred_at"]
    for as_of in (moment, ago(1).isoformat(), ago(3).isoformat()):
        (row,) = as_alice.get("/api/stock/levels/", {"as_of": as_of}).json()["results"]
        totals = read_totals(alice, f"?{urlencode({'as_of': as_of})}")
        assert totals[-1] == row["quantity"]
        assert len(totals) == DAYS_PLOTTED


@pytest.mark.quick
@all_cases("zone", ["UTC", "Asia/Tokyo", "America/New_York"])
def test_no_day_is_plotted_twice_for_an_instant_at_midnight(alice, as_alice, zone):
    alice.time_zone = zone
    alice.save(update_fields=["time_zone"])
    book(as_alice, make_product(alice, "Cup"), "IN", 7, ago(10))
    rows, _ = read_plot(Browser(alice).get_page(f"/api/stock/levels/?as_of={alice.shop_today()}"))
    days = [row[0] for row in rows[1:]]
    assert len(set(days)) == len(days) == DAYS_PLOTTED - 1


def read_totals(user, query):
    """Return the numbers of the plot of the levels."""
    rows, _ = read_plot(Browser(user).get_page(f"/api/stock/levels/{query}"))
    return [int(number.replace(",", "")) for _, number in rows[1:]]


def test_levels_of_long_ago_or_for_programs_are_not_plotted(alice, as_alice, kettle):
    assert read_totals(alice, "?as_of=2001-01-01") == []
    with CaptureQueriesContext(connection) as captured:
        as_alice.get("/api/stock/levels/")
    assert not any("width_bucket" in query["sql"] for query in captured)


def test_the_categories_of_the_dashboard_lead_to_their_products(alice, cup, kettle):
    make_product(alice, "Seven", category=Category.objects.create(owner=alice, name="7"))
    page = Browser(alice).get_page("/api/dashboard/")
    assert re.findall(r'href="(/api/products/\?category=[^"]*)"', page) == ["/api/products/?category=Crockery"]
    assert "Uncategorized" in page
    User.objects.filter(pk=alice.pk).update(language="de")
    assert "Ohne Kategorie" in Browser(alice).get_page("/api/dashboard/")
