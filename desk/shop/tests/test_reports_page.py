"""The page of the reports: its cards have the totals of the reports, and its links their period."""

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from html import unescape

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.html import strip_tags

from core.pages.columns import Display
from core.pages.periods import PERIODS
from core.time_zones import get_zone, midnight
from desk.reports.tests.reporting import ago, book, read_report, reverse
from desk.shop.reports_page import ENTRIES
from products.taxes.services import create_tax
from testing.cast.people import make_product
from testing.reading.browser import Browser
from testing.tables import all_cases
from users.models import User

# What the session and the bar take on every page, one for the figures of each card, or two with those of the period
# before, and what begins and ends the transactions of the reports.
STATEMENTS = 35
OF_OWNERS = ["Takings", "Margin", "Written off", "Value at cost", "To do"]


def read_reports(user):
    """Return the title of each report on the page."""
    page = Browser(user).get_page("/shop/reports/").partition('<div class="reports">')[2].partition("</div>")[0]
    return re.findall(r"<li><a [^>]*>(.*?)</a> <span", page)


def read_cards(user, query=""):
    """Return the address and the text of each card by its title."""
    page = Browser(user).get_page(f"/shop/reports/{query}")
    heading = r'<section class="card[ a-z]*">\s*<h2>(?:<a href="(.*?)">)?([^<]*)(?:</a>)?</h2>'
    cards = re.findall(rf"{heading}(.*?)</section>", page, re.DOTALL)
    return {title: (unescape(link), " ".join(unescape(strip_tags(text)).split())) for link, title, text in cards}


@pytest.fixture
def shop(alice, as_alice):
    """Book something of each kind, today and a day before, and return the product."""
    tea = make_product(alice, "Tea", price="9.00", cost_price="4.00")
    make_product(alice, "Cream", 4, price="2.50", expiration_date=alice.shop_today())
    User.objects.filter(pk=alice.pk).update(currency="EUR")
    book(as_alice, tea, "IN", 100, ago(5))
    for day, times in ((1, 1), (0, 2)):
        at = datetime.now(UTC) - timedelta(days=day, seconds=5)
        book(as_alice, tea, "OUT", 3 * times, at)
        book(as_alice, tea, "OUT", times, at, reason="damage")
        left = tea.__class__.objects.get(pk=tea.pk).quantity
        counted = {"lines": [{"product": tea.pk, "counted": left - times}], "counted_at": at.isoformat()}
        assert as_alice.post("/api/stock/counts/", counted, format="json").status_code == 201
    type(tea).objects.filter(pk=tea.pk).update(min_threshold=500)
    old = make_product(alice, "Pot", price="1.00")
    type(old).objects.filter(pk=old.pk).update(created_at=ago(200))
    return tea


def test_the_reports_are_in_the_order_in_which_an_owner_asks(alice):
    assert read_reports(alice) == [
        "Low and expired", "Products by expiry date", "Sales", "Value of the stock", "Tomorrow&#x27;s order",
        "Losses", "Not moving", "Movements by period", "Compare", "Check of the numbers",
    ]  # fmt: skip


def test_the_cards_have_the_totals_of_the_reports(alice, as_alice, shop):
    cards = read_cards(User.objects.get(pk=alice.pk), "?period=today")
    assert list(cards) == OF_OWNERS
    totals = {name: read_report(as_alice, name, period="today")["totals"] for name in ("sales", "margins", "losses")}
    reasons = read_report(as_alice, "losses", period="today", by="reason")
    written_off = sum(float(row["value"]) for row in reasons["results"] if row["reason"] != "count")
    worth = read_report(as_alice, "valuation")["total"]
    figures = {
        "Takings": totals["sales"]["revenue"], "Margin": totals["margins"]["margin"],
        "Written off": f"{written_off:.2f}",
        "Value at cost": worth["value_at_cost"],
    }  # fmt: skip
    assert figures["Takings"] == "54.00"
    for title, figure in figures.items():
        assert cards[title][1].startswith(f"{figure} EUR"), title
    assert cards["Takings"][1] == "54.00 EUR +100 % 1 sale. Before: 27.00 EUR."
    assert cards["Written off"][1] == "8.00 EUR +100 % Before: 4.00 EUR."
    idle = read_report(as_alice, "idle", days=90)
    counts = as_alice.get("/api/dashboard/").json()["counts"]
    for said in (
        f"{counts['low_stock']} low", f"{idle['count']} not moving: ",
        f"{counts['expired_products']} expire", f"{totals['losses']['value']} EUR missing in counts",
    ):  # fmt: skip
        assert said in cards["To do"][1], said


def test_the_margin_says_what_was_sold_without_a_cost(alice, as_alice):
    book(as_alice, make_product(alice, "Free", 9, price="13.00"), "OUT", 2, ago(0))
    margin = read_cards(User.objects.get(pk=alice.pk), "?period=today")["Margin"][1]
    assert "26.00 of it from goods without a cost." in margin


@pytest.mark.parametrize(
    "zone",
    ["Pacific/Auckland", *(pytest.param(z, marks=pytest.mark.long) for z in ("America/Los_Angeles", "Asia/Tokyo"))],
)
def test_the_cards_agree_with_the_reports_in_every_period_and_zone(alice, as_alice, zone):
    """Sell, give back, undo and write off around midnights and ends of months, with a discount and late bookings."""
    User.objects.filter(pk=alice.pk).update(time_zone=zone)
    user = User.find(alice.pk)
    tea = make_product(alice, "Tea", price="9.00", cost_price="4.00")
    book(as_alice, tea, "IN", 500, ago(360))
    today, month = midnight(user.shop_today(), zone), midnight(user.shop_today().replace(day=1), zone)
    beginnings = (today, month, month - timedelta(days=20), today - timedelta(days=95))
    for number, at in enumerate(moment + timedelta(seconds=later) for moment in beginnings for later in (-1, 1)):
        sale = book(as_alice, tea, "OUT", 3, at, total=f"{number}.99")
        book(as_alice, tea, "OUT", 1, at, reason="theft")
        back = {"lines": [{"product": tea.pk, "quantity": 1}], "occurred_at": (at + timedelta(minutes=1)).isoformat()}
        if at + timedelta(minutes=1) < datetime.now(UTC):
            returned = as_alice.post(f"/api/stock/operations/{sale['operation']}/return/", back, format="json")
            assert returned.status_code == 201, returned.content
        if number % 3 == 0:
            reverse(as_alice, book(as_alice, tea, "OUT", 5, at))
    days = f"from={month.astimezone(get_zone(zone)).date()}&to={user.shop_today() + timedelta(days=1)}"
    for query in (*(f"period={period}" for period in PERIODS), days):
        cards, asked = read_cards(user, f"?{query}"), dict(part.split("=") for part in query.split("&"))
        sales, margins, losses = (read_report(as_alice, name, **asked) for name in ("sales", "margins", "losses"))
        expected = {
            "Takings": sales["totals"]["revenue"], "Margin": margins["totals"]["margin"],
            "Value at cost": as_alice.get(cards["Value at cost"][0]).json()["total"]["value_at_cost"],
        }  # fmt: skip
        if "Written off" in cards:
            expected["Written off"] = losses["written_off"]["value"]
        found = {title: cards[title][1].split()[0].replace("\N{MINUS SIGN}", "-") for title in expected}
        assert found == {title: f"{Decimal(figure):,}" for title, figure in expected.items()}, query
        assert "Written off" in cards or losses["written_off"]["value"] == "0.00"
    start = Browser(user).get_page("/api/")
    assert read_cards(user, "?period=today")["Takings"][1].split()[0] in start


def test_a_large_change_is_said_by_the_amount_before(alice, as_alice, shop):
    book(as_alice, shop, "OUT", 34)
    card = read_cards(User.objects.get(pk=alice.pk), "?period=today")["Takings"][1]
    assert card == "360.00 EUR from 27.00 EUR 2 sales."


def test_a_shop_with_rates_has_a_card_of_the_vat(alice, as_alice):
    tax = create_tax(owner_id=alice.pk, name="Reduced", rate="7")
    book(as_alice, make_product(alice, "Tea", 9, price="10.70", tax=tax), "OUT", 2)
    address, text = read_cards(User.find(alice.pk), "?period=today")["VAT"]
    assert (address, text.split()[0]) == ("/api/reports/taxes/?period=today", "1.40")


def test_a_period_is_not_compared_with_one_in_which_more_came_back_than_was_sold(alice, as_alice, shop):
    sale = book(as_alice, shop, "OUT", 10, ago(30))
    back = {"lines": [{"product": shop.pk, "quantity": 10}], "occurred_at": ago(1).isoformat()}
    assert as_alice.post(f"/api/stock/operations/{sale['operation']}/return/", back, format="json").status_code == 201
    text = read_cards(User.objects.get(pk=alice.pk), "?period=today")["Takings"][1]
    assert text == "54.00 EUR 1 sale. Before: \N{MINUS SIGN}63.00 EUR."


def test_the_links_have_the_period_and_open(alice, shop):
    browser = Browser(alice)
    for query in ("period=last_90_days", "period=this_year", "from=2026-01-01&to=2026-02-01"):
        cards = read_cards(alice, f"?{query}")
        for title in ("Takings", "Margin"):
            assert cards[title][0].endswith(f"?{query}")
        page = browser.get_page(f"/shop/reports/?{query}")
        assert f"/api/reports/movements/?{query}".replace("&", "&amp;") in page
    tasks = page.partition('<ul class="card-links">')[2].partition("</ul>")[0]
    for address in (*filter(None, (link for link, _text in cards.values())), *re.findall('href="([^"]+)"', tasks)):
        browser.get_page(unescape(address))


def test_a_period_of_the_past_has_the_value_at_its_end(alice, as_alice, shop):
    day = ago(1).date()
    cards = read_cards(alice, f"?from={day}&to={day + timedelta(days=1)}")
    address, text = cards["Value at cost"]
    assert as_alice.get(address).json()["total"]["value_at_cost"] == text.split()[0]
    assert f"end of {Display.of(alice).date(day)}" in Browser(alice).get_page(address)


def test_the_form_sends_the_last_day(alice):
    answer = Browser(alice).client.get("/shop/reports/?from=2026-01-01&to-day=2026-01-31")
    assert (answer.status_code, answer.headers["Location"]) == (302, "?from=2026-01-01&to=2026-02-01")


@all_cases("query", ["period=yesterday", "from=x", "from=2026-02-01&to=2026-01-01", "from=2000-01-01"])
def test_a_wrong_period_is_said_and_the_page_shows_this_month(alice, query):
    page = Browser(alice).get_page(f"/shop/reports/?{query}")
    assert 'class="error"' in page
    assert "/api/reports/sales/?period=this_month" in page


def test_a_worker_has_no_card_that_shows_costs(bob, alice, shop):
    assert list(read_cards(bob)) == ["Takings", "Value of the stock", "To do"]
    titles = [set(read_reports(user)) for user in (alice, bob)]
    assert titles[0] - titles[1] == {"Losses"}


def test_a_new_shop_has_no_card_of_what_it_does_not_have(alice, charlie, shop):
    assert list(read_cards(charlie)) == ["Takings", "Margin", "Value at cost", "To do"]
    assert "9" not in "".join(text for _link, text in read_cards(charlie).values())


def test_the_cards_take_the_same_statements_for_any_number_of_rows(alice, as_alice, shop):
    browser, taken = Browser(alice), []
    for number in range(3):
        book(as_alice, make_product(alice, f"P{number}", 5, min_threshold=9), "OUT", 1)
        with CaptureQueriesContext(connection) as captured:
            browser.get_page("/shop/reports/?period=this_year")
        taken.append(len(captured))
    assert max(taken) <= STATEMENTS


def test_there_are_fewer_than_ten_reports():
    assert len([entry for entry in ENTRIES if not entry.is_further]) < 10
