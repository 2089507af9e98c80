"""`period` of the reports and of the statement, the sums of all rows, and both on the pages."""

import html
import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from urllib.parse import urlencode

import pytest
from django.utils.html import strip_tags

from core.pages.columns import Display
from core.time_zones import midnight
from desk.reports.tests.reporting import ago, book, read_report
from desk.reports.toolkit.parameters import find_days, find_period_before
from testing.cast.people import make_product
from testing.reading.browser import Browser
from testing.tables import all_cases
from users.models import User

MARGINS = "/api/reports/margins/"


@pytest.fixture
def tea(alice):
    return make_product(alice, "Assam", 20, price="9.00", cost_price="4.00")


def read_totals(page):
    """Return the texts of the last row of the page's table."""
    totals = page.partition('<tbody class="totals">')[2].partition("</tbody>")[0]
    return [strip_tags(cell) for cell in re.findall(r"<td.*?</td>", totals, re.DOTALL)]


@all_cases(
    ("period", "today", "first", "end"),
    [
        ("this_month", date(2026, 3, 31), date(2026, 3, 1), date(2026, 4, 1)),
        ("this_month", date(2026, 3, 1), date(2026, 3, 1), date(2026, 3, 2)),
        ("last_month", date(2026, 3, 31), date(2026, 2, 1), date(2026, 3, 1)),
        ("last_month", date(2026, 1, 1), date(2025, 12, 1), date(2026, 1, 1)),
        ("this_year", date(2024, 12, 31), date(2024, 1, 1), date(2025, 1, 1)),
        ("last_90_days", date(2026, 3, 31), date(2026, 1, 1), date(2026, 4, 1)),
        ("last_30_days", date(2026, 3, 31), date(2026, 3, 2), date(2026, 4, 1)),
        ("today", date(2026, 12, 31), date(2026, 12, 31), date(2027, 1, 1)),
    ],
)
def test_a_period_ends_with_its_month_or_with_today(period, today, first, end):
    assert find_days(period, today) == (first, end)


@all_cases(
    ("first", "end", "months", "expected"),
    [
        ("2026-03-01", "2026-04-01", 0, ("2026-02-01", "2026-03-01")),
        ("2025-01-01", "2026-01-01", 0, ("2024-01-01", "2025-01-01")),
        ("2025-02-01", "2025-03-01", 1, ("2025-01-01", "2025-02-01")),
        ("2025-05-10", "2025-05-13", 0, ("2025-05-07", "2025-05-10")),
        ("2024-02-29", "2024-03-01", 12, ("2023-03-01", "2023-03-01")),
    ],
)
def test_a_period_is_compared_with_as_many_days_or_months_before(first, end, months, expected):
    zone = "Europe/Berlin"
    start, last, *days = (midnight(date.fromisoformat(day), zone) for day in (first, end, *expected))
    assert find_period_before(start, last, zone, months) == tuple(days)


def test_a_period_that_has_not_ended_is_compared_until_the_same_time():
    now = datetime.now(UTC)
    start, end = now - timedelta(days=2, hours=1), now + timedelta(hours=1)
    before, until = find_period_before(start, end, "UTC")
    assert before == start - timedelta(days=3)
    assert timedelta() <= until - (now - timedelta(days=3)) < timedelta(minutes=1)


@all_cases("name", ["margins", "movements"])
def test_a_report_has_the_period_that_it_was_made_of(as_alice, alice, name):
    alice.time_zone = "Asia/Tokyo"
    alice.save(update_fields=["time_zone"])
    report = read_report(as_alice, name, period="today")
    start, end = (datetime.fromisoformat(report[bound]) for bound in ("from", "to"))
    assert start <= datetime.now(UTC) < end
    assert end - start == timedelta(days=1)
    assert start.hour == 15  # midnight in Tokyo
    report = read_report(as_alice, name, **{"from": "2026-05-01T00:00:00Z", "to": "2026-05-03T10:30:00Z"})
    assert (report["from"], report["to"]) == ("2026-05-01T00:00:00Z", "2026-05-03T10:30:00Z")


def test_last_30_days_are_those_of_a_report_without_a_period(as_alice, tea):
    book(as_alice, tea, "OUT", 1, ago(29))
    assert read_report(as_alice, "margins", period="last_30_days") == read_report(as_alice, "margins")


@all_cases("bound", ["from", "to"])
def test_a_period_together_with_a_bound_is_refused(as_alice, tea, bound):
    for address in (MARGINS, "/api/reports/movements/", f"/api/products/{tea.pk}/statement/"):
        answer = as_alice.get(address, {"period": "today", bound: "2026-05-01"})
        assert (answer.status_code, list(answer.json())) == (400, ["period"])


def test_an_unknown_period_is_refused_with_the_known_ones(as_alice):
    answer = as_alice.get(MARGINS, {"period": "yesterday"})
    assert answer.status_code == 400
    assert "this_month, last_month, this_year, last_90_days, last_30_days, today" in answer.json()["period"][0]


def test_the_totals_of_margins_are_those_of_all_pages(as_alice, alice, tea):
    for number in range(3):
        book(as_alice, make_product(alice, f"P{number}", 5, price="1.00", cost_price="0.25"), "OUT", 2)
    book(as_alice, tea, "OUT", 3)
    report = read_report(as_alice, "margins", page_size=2)
    assert len(report["results"]) == 2
    assert report["totals"] == {
        "sold": 9, "returned": 0, "revenue": "33.00", "cost": "13.50", "margin": "19.50", "margin_percent": "59.09",
        "sold_without_cost": 0, "revenue_without_cost": "0.00",
        "by_unit": [{"unit": "", "sold": "9", "returned": "0", "sold_without_cost": "0"}],
    }  # fmt: skip
    for by in ("category", "day"):
        assert read_report(as_alice, "margins", by=by)["totals"] == report["totals"]


def test_a_report_without_rows_has_totals_of_zero(as_alice):
    assert read_report(as_alice, "margins")["totals"] == {
        "sold": 0, "returned": 0, "revenue": "0.00", "cost": "0.00", "margin": "0.00", "margin_percent": None,
        "sold_without_cost": 0, "revenue_without_cost": "0.00", "by_unit": [],
    }  # fmt: skip
    empty = {"quantity_in": 0, "quantity_out": 0, "net": 0, "movements": 0, "by_unit": []}
    assert read_report(as_alice, "movements", period="today")["totals"] == empty


def test_the_totals_of_movements_are_those_of_all_pages(as_alice, alice, tea):
    book(as_alice, tea, "OUT", 3)
    book(as_alice, tea, "IN", 1, ago(40))
    report = read_report(as_alice, "movements", page_size=1, **{"from": ago(60).isoformat()})
    assert report["count"] == 2
    by_unit = [{"unit": "", "quantity_in": "21", "quantity_out": "3", "net": "18"}]
    assert report["totals"] == {"quantity_in": 21, "quantity_out": 3, "net": 18, "movements": 3, "by_unit": by_unit}


@pytest.mark.quick
def test_a_worker_gets_no_margins_and_no_costs_in_totals(as_bob):
    assert as_bob.get(MARGINS, {"period": "this_month"}).status_code == 403
    names = ["quantity_in", "quantity_out", "net", "movements", "by_unit"]
    assert list(read_report(as_bob, "movements")["totals"]) == names


def test_files_have_no_columns_of_totals(as_alice, tea):
    book(as_alice, tea, "OUT", 3)
    answer = as_alice.get(MARGINS, {"format": "csv", "period": "today"})
    header = answer.getvalue().decode().splitlines()[0]
    assert header == (
        "product,name,sku,sold,returned,revenue,cost,margin,margin_percent,adjustment,sold_without_cost,"
        "revenue_without_cost,unit"
    )


@pytest.mark.quick
def test_a_statement_has_its_period(as_alice, tea):
    book(as_alice, tea, "OUT", 3)
    address = f"/api/products/{tea.pk}/statement/"
    everything = as_alice.get(address).json()
    assert (everything["from"], everything["to"]) == (None, None)
    today = as_alice.get(address, {"period": "today"}).json()
    assert len(today["movements"]) == len(everything["movements"])
    assert datetime.fromisoformat(today["to"]) - datetime.fromisoformat(today["from"]) == timedelta(days=1)
    assert as_alice.get(address, {"period": "last_month"}).json()["movements"] == []


def test_a_day_without_its_first_hour_is_a_whole_day(alice):
    User.objects.filter(pk=alice.pk).update(time_zone="America/Santiago")  # the clocks go from 0:00 to 1:00
    page = Browser(User.find(alice.pk)).get_page(f"{MARGINS}?from=2020-09-06&to=2020-09-07")
    assert "On 6 Sep 2020." in page


def test_a_page_has_links_to_the_periods_and_its_days(alice):
    page = Browser(alice).get_page(f"{MARGINS}?by=product&from=2020-01-01&to=2020-02-01")
    assert "From 1 Jan 2020 to 31 Jan 2020, including both days." in page
    assert 'href="?by=product&amp;period=last_month"' in page
    page = Browser(alice).get_page(f"{MARGINS}?period=today")
    assert f"On {Display().date(alice.shop_today())}." in page
    assert '<a class="button current" href="?period=today" aria-current="true">Today</a>' in page
    marked = '<a class="button current" href="?period=last_30_days" aria-current="true">'
    assert marked in Browser(alice).get_page(MARGINS)  # the days of a report without a period
    assert 'aria-current="true">Last' not in page


@pytest.mark.quick
def test_the_table_of_a_page_ends_with_its_totals(alice, as_alice, tea):
    book(as_alice, tea, "OUT", 3)
    page = Browser(alice).get_page("/api/reports/movements/?period=today")
    assert read_totals(page)[3:6] == ["20", "3", "+17"]


def test_a_refused_page_has_no_links_to_periods(bob):
    answer = Browser(bob).client.get(MARGINS)
    assert (answer.status_code, "period=" in answer.text) == (403, False)


def test_a_page_with_parts_of_days_names_the_times(alice):
    page = Browser(alice).get_page(f"{MARGINS}?from=2020-05-01T08:00:00Z&to=2020-05-02")
    assert "From 1 May 2020 08:00 to 2 May 2020 00:00." in page


@pytest.mark.quick
def test_the_list_of_reports_leads_to_the_margin_of_this_month(alice):
    page = Browser(alice).get_page("/shop/reports/")
    assert "/api/reports/margins/?period=this_month" in page


def test_the_value_of_the_stock_is_the_same_everywhere(as_alice, alice, tea):
    make_product(alice, "Cream", 4, price="2.50", expiration_date=alice.shop_today())
    dashboard = as_alice.get("/api/dashboard/").json()["financial"]
    valuation = read_report(as_alice, "valuation")["total"]["value_at_price"]
    assert Decimal(valuation) == Decimal(str(dashboard["total_inventory_value"])) == Decimal("190.00")
    assert dashboard["real_inventory_value"] == 180.0


# --- Days on pages ---------------------------------------------------------------------------------------------------


def show_day(browser, address, name, day):
    """Return the page that the form of the parameters leads to."""
    answer = browser.client.get(address, {f"{name}-day": day})
    return browser.get_page(address + answer.headers["Location"])


@all_cases(
    ("address", "typed", "sent"),
    [
        (MARGINS, {"from": "2026-05-01", "to-day": "2026-05-31"}, {"from": "2026-05-01", "to": "2026-06-01"}),
        (MARGINS, {"to": "2026-01-01", "to-day": "2026-12-31"}, {"to": "2027-01-01"}),
        (MARGINS, {"to-day": "2026-05-31T08:00"}, {"to": "2026-05-31T08:00"}),
        (MARGINS, {"to-day": "9999-12-31"}, {"to": "9999-12-31"}),
        ("/api/stock/", {"before-day": "2026-05-31"}, {"before": "2026-06-01"}),
        ("/api/stock/operations/", {"before-day": ""}, {"before": ""}),
        ("/api/stock/counts/", {"before-day": "2026-05-31"}, {"before": "2026-06-01"}),
        ("/api/stock/levels/", {"as_of-day": "2026-12-31"}, {"as_of": "2026-12-31T23:59:59.999999+00:00"}),
        ("/api/reports/valuation/", {"as_of-day": "2026-12-31"}, {"as_of": "2026-12-31T23:59:59.999999+00:00"}),
    ],
)
def test_the_form_of_a_page_includes_its_last_day(alice, address, typed, sent):
    answer = Browser(alice).client.get(address, typed)
    assert (answer.status_code, answer.headers["Location"]) == (302, f"?{urlencode(sent)}")


@pytest.mark.quick
@all_cases(("address", "name"), [(MARGINS, "to"), ("/api/stock/", "before"), ("/api/stock/levels/", "as_of")])
def test_the_form_shows_the_day_that_was_typed(alice, address, name):
    User.objects.filter(pk=alice.pk).update(time_zone="Asia/Tokyo")
    page = show_day(Browser(alice), address, name, "2026-05-31")
    assert f'<input name="{name}-day" id="parameter-{name}-day" type="date" value="2026-05-31"' in page
    assert ("The end of this day; by default now." if name == "as_of" else "This day and earlier.") in page


@all_cases("address", ["/api/stock/levels/", "/api/reports/valuation/"])
def test_a_page_names_its_instant_in_the_title(alice, address):
    browser = Browser(alice)
    assert ": end of 31 Dec 2020</h1>" in show_day(browser, address, "as_of", "2020-12-31")
    assert ": 1 Jan 2020 08:30</h1>" in browser.get_page(f"{address}?as_of=2020-01-01T08:30:00Z")
    assert ": today " in browser.get_page(address)
    assert ": today " in show_day(browser, address, "as_of", alice.shop_today())


@pytest.mark.quick
@all_cases(
    ("address", "query", "name"),
    [
        ("/api/reports/valuation/", "as_of=2025-12-31T23:59:59.999999Z", "valuation-end-of-2025-12-31"),
        ("/api/reports/valuation/", "as_of=2026-01-01T08:30:00Z", "valuation-2026-01-01-0830"),
        ("/api/reports/idle/", "", r"idle-[-\d]{15}"),
        (MARGINS, "from=2026-01-01&to=2026-02-01", "margins-2026-01-01-to-2026-01-31"),
        (MARGINS, "from=2026-01-01&to=2026-02-01T09:00:00Z", "margins-2026-01-01-0000-to-2026-02-01-0900"),
        ("/api/products/{}/statement/", "from=2026-01-01&to=2026-02-01", r"statement-\d+-2026-01-01-to-2026-01-31"),
    ],
)
def test_the_files_of_a_page_name_its_days(alice, tea, address, query, name):
    browser = Browser(alice)
    page = browser.get_page(f"{address.format(tea.pk)}?{query}")
    [link] = re.findall(r'href="([^"]*format=csv[^"]*)"', page)
    file = browser.client.get(html.unescape(link))
    assert re.fullmatch(f'attachment; filename="{name}.csv"', file.headers["Content-Disposition"])
