"""The cards of the start page: their figures, what they are compared with, and who sees them."""

import re
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.html import strip_tags

from core.time_zones import subtract_days
from testing.cast.people import make_product
from testing.cast.reservations import reserve
from testing.reading.browser import Browser
from testing.tables import all_cases
from users.models import User

# The statements of the page. Some of them begin and end the transactions of the two reports.
STATEMENTS = 24


def read_cards(user):
    """Return the text of each card by its title."""
    page = Browser(user).get_page("/api/")
    cards = re.findall(r'<section class="card[ a-z]*">\s*<h2>(.*?)</h2>(.*?)</section>', page, re.DOTALL)
    return {strip_tags(title): " ".join(unescape(strip_tags(text)).split()) for title, text in cards}


def sell(client, product, quantity, moment):
    line = {"product": product.pk, "movement_type": "OUT", "quantity": quantity, "unit_price": "10.00"}
    body = {"reason": "sale", "occurred_at": moment.isoformat(), "lines": [line]}
    answer = client.post("/api/stock/operations/", body, format="json")
    assert answer.status_code == 201, answer.data


def a_week_ago(user, **later):
    return subtract_days(datetime.now(UTC), 7, user.shop_zone) + timedelta(**later)


@pytest.fixture
def cup(alice, as_alice):
    cup = make_product(alice, "Cup", 100, price="10.00", cost_price="4.00")
    User.objects.filter(pk=alice.pk).update(currency="EUR")
    return cup


@pytest.mark.quick
def test_takings_are_compared_with_the_same_day_a_week_ago_until_the_same_time(alice, as_alice, cup):
    now = datetime.now(UTC)
    sell(as_alice, cup, 3, now)
    sell(as_alice, cup, 2, a_week_ago(alice, seconds=-1))
    sell(as_alice, cup, 50, a_week_ago(alice, hours=1))
    card = read_cards(alice)["Takings today"]
    assert card.startswith("30.00 EUR +50 % 1 sale.")
    assert card.endswith(": 20.00 EUR.")


@pytest.mark.quick
def test_takings_have_the_vat_that_is_added_to_net_prices(alice, as_alice, cup):
    User.objects.filter(pk=alice.pk).update(prices_include_tax=False)
    tax = as_alice.post("/api/taxes/", {"name": "Standard", "rate": "20.00"}).json()["id"]
    assert as_alice.patch(f"/api/products/{cup.pk}/", {"tax": tax}).status_code == 200
    sell(as_alice, cup, 1, datetime.now(UTC))
    assert read_cards(alice)["Takings today"].startswith("12.00 EUR")


@all_cases(("language", "title"), [("es", "Ingresos de hoy"), ("fr", "Recettes du jour")])
def test_the_sentence_begins_with_a_capital_where_weekdays_are_written_small(alice, cup, language, title):
    User.objects.filter(pk=alice.pk).update(language=language)
    sentence = read_cards(User.objects.get(pk=alice.pk))[title].split(". ", 1)[1]
    assert sentence[0].isupper(), sentence


def test_without_sales_the_cards_have_no_percentages(alice, cup):
    cards = read_cards(User.objects.get(pk=alice.pk))
    assert cards["Takings today"].startswith("0.00 EUR 0 sales.")
    assert cards["Margin this month"] == "0.00 EUR"
    assert "%" not in "".join(cards.values())


def test_the_line_has_the_last_fourteen_days(alice, as_alice, cup):
    sell(as_alice, cup, 1, a_week_ago(alice, seconds=-1))
    points = re.search(r'<polyline points="([^"]+)"', Browser(alice).get_page("/api/"))[1].split()
    heights = [point.partition(",")[2] for point in points]
    assert len(heights) == 14
    assert [number for number, height in enumerate(heights) if height == "0.0"] == [6]


def test_the_margin_is_that_of_the_report(alice, as_alice, cup):
    sell(as_alice, cup, 3, datetime.now(UTC))
    card = read_cards(User.objects.get(pk=alice.pk))["Margin this month"]
    assert card == "18.00 EUR 60.00 % of the sales without VAT."


def test_the_margin_says_what_was_sold_without_a_cost(alice, as_alice, cup):
    sell(as_alice, make_product(alice, "Free", 9), 2, datetime.now(UTC))
    card = "Margin this month"
    assert read_cards(User.objects.get(pk=alice.pk))[card] == "20.00 EUR 20.00 EUR of it from goods without a cost."
    sell(as_alice, cup, 3, datetime.now(UTC))
    said = "60.00 % of the sales without VAT. 20.00 EUR of it from goods without a cost."
    assert read_cards(User.objects.get(pk=alice.pk))[card] == f"38.00 EUR {said}"


def test_a_returned_sale_is_subtracted(alice, as_alice, cup):
    sell(as_alice, cup, 3, datetime.now(UTC))
    [sale] = as_alice.get("/api/sales/").json()["results"]
    body = {"lines": [{"product": cup.pk, "quantity": 1}]}
    assert as_alice.post(f"/api/stock/operations/{sale['operation']}/return/", body, format="json").status_code == 201
    assert read_cards(User.objects.get(pk=alice.pk))["Takings today"].startswith("20.00 EUR 1 sale.")


def test_what_is_to_be_done_leads_to_its_list(alice, as_alice, cup):
    make_product(alice, "Tea", 1, min_threshold=5)
    make_product(alice, "Milk", 10, expiration_date="2020-01-01")
    today = alice.shop_today()
    body = {"lines": [{"product": cup.pk, "quantity": 1}], "wanted_on": str(today)}
    assert as_alice.post("/api/stock/reservations/", body, format="json").status_code == 201
    supplier = as_alice.post("/api/suppliers/", {"name": "Potter"}).json()["id"]
    body = {"supplier": supplier, "expected_on": str(today), "lines": [{"product": cup.pk, "quantity": 5}]}
    order = as_alice.post("/api/purchase-orders/", body, format="json").json()["id"]
    assert as_alice.post(f"/api/purchase-orders/{order}/send/").status_code == 200
    page = Browser(alice).get_page("/api/")
    listed = page.partition('<ul class="card-links">')[2].partition("</ul>")[0]
    links = re.findall(r'<a href="([^"]+)">([^<]+)</a>', listed)
    assert [title for _address, title in links] == ["1 low", "1 expired", "1 order to hand out", "1 delivery due"]
    for address, _title in links:
        assert "<p>Nothing matches" not in Browser(alice).get_page(unescape(address))
    received = as_alice.post(f"/api/purchase-orders/{order}/receive/", {}, format="json")
    assert received.status_code in (200, 201), received.data
    assert "delivery due" not in read_cards(alice)["To do"]


@pytest.mark.quick
def test_an_order_of_the_own_shop_for_today_is_to_be_handed_out(alice, as_alice, as_charlie, charlie, cup):
    for client, product in ((as_alice, cup), (as_charlie, make_product(charlie, "Tea", 5))):
        reserve(client, product, 1, wanted_on=str(alice.shop_today()))
    assert read_cards(alice)["To do"].startswith("1 order to hand out")


def test_nothing_to_do_is_said(alice, cup):
    assert read_cards(alice)["To do"] == "Nothing is low, expired or due."


@pytest.mark.quick
def test_a_worker_sees_no_costs(alice, bob, cup):
    assert list(read_cards(alice)) == ["Takings today", "Margin this month", "To do", "Value at cost"]
    cards = read_cards(bob)
    assert list(cards) == ["Takings today", "Products", "To do", "Value of the stock"]
    assert cards["Value of the stock"].startswith("1,000.00 EUR")
    assert read_cards(alice)["Value at cost"].startswith("400.00 EUR 1,000.00 EUR at the prices of today.")


def test_without_a_cost_the_value_is_not_0(alice):
    make_product(alice, "Cup", 5, price="10.00")
    assert read_cards(alice)["Value at cost"].startswith("– No product in stock has a cost yet.")


def test_the_cards_take_a_fixed_number_of_statements(alice, as_alice, cup):
    browser = Browser(alice)
    for number in range(3):
        sell(as_alice, cup, 1, datetime.now(UTC) - timedelta(days=number))
        with CaptureQueriesContext(connection) as captured:
            browser.get_page("/api/")
        assert len(captured) <= STATEMENTS
