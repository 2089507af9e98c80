"""The page of a product: its figures, buttons, last movements and the plot of its level."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from desk.shop import product_page
from stock.models import Location, Lot
from testing.browser import Browser
from testing.cast import let_use, make_product
from testing.places import put_away

pytestmark = [pytest.mark.check, pytest.mark.measured]


def book(client, product, movement_type, quantity, days_ago=0):
    occurred_at = (datetime.now(UTC) - timedelta(days=days_ago)).isoformat()
    body = {
        "product": product.pk, "movement_type": movement_type, "quantity": quantity, "occurred_at": occurred_at,
    }  # fmt: skip
    assert client.post("/api/stock/", body).status_code == 201


def read_levels(client, owner, product):
    row = client.get(f"/api/products/{product.pk}/").json()
    return [level for _, level in product_page.read_levels(owner.pk, row, "UTC")]


@pytest.fixture
def page(alice):
    acme = make_product(alice, "Kettle", 1200, unit="pcs", price="2.50", min_threshold=7, expiration_date="2020-01-01")
    return Browser(alice).get_page(f"/api/products/{acme.pk}/")


def read_figures(page):
    figures = page.partition('<dl class="figures">')[2].partition("</dl>")[0]
    found = re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", figures)
    return {title: re.sub(r"<[^>]+>", "", text) for title, text in found}


def test_the_figures_come_first(page):
    assert read_figures(page) == {
        "In stock": "1,200 pcs", "Low at": "7", "Price": "2.50", "Value": "3,000.00", "Expires": "2020-01-01 expired",
    }  # fmt: skip


def test_the_buttons_lead_to_forms_and_pages(alice):
    let_use(alice, "places")
    kettle = make_product(alice, "Kettle", 3)
    browser = Browser(alice)
    page = browser.get_page(f"/api/products/{kettle.pk}/")
    actions = page.partition('<nav class="actions"')[2].partition("</nav>")[0]
    links = dict(re.findall(r'href="([^"]+)">([\w ]+)</a>', actions))
    labels = [
        "Sell",
        "Receive",
        "Return",
        "Reserve",
        "Count",
        "Move",
        "Write off",
        "History",
        "Statement",
        "Labels",
        "Edit",
        "Archive",
    ]
    assert list(links.values()) == labels
    for address in links:
        assert browser.client.get(address.replace("&amp;", "&")).status_code == 200


def test_a_worker_gets_no_button_to_archive(alice, bob):
    kettle = make_product(alice, "Kettle", 3)
    page = Browser(bob).get_page(f"/api/products/{kettle.pk}/")
    assert ">Sell</a>" in page
    assert ">Archive</a>" not in page


@pytest.mark.parametrize("title", ["Sell", "Receive", "Count", "Move", "Write off", "Labels", "Reserve"])
def test_a_button_opens_the_form_with_the_product(alice, title):
    let_use(alice, "places")
    kettle = make_product(alice, "Kettle", 3)
    browser = Browser(alice)
    actions = browser.get_page(f"/api/products/{kettle.pk}/").partition('<nav class="actions"')[2]
    address = re.search(rf'href="([^"]+)">{title}</a>', actions)[1].replace("&amp;", "&").partition("#")[0]
    assert browser.task_values(address)["product"][0] == f"Kettle (#{kettle.pk})"


def test_the_last_ten_movements_are_shown(alice, as_alice):
    kettle = make_product(alice, "Kettle", 30)
    for _ in range(11):
        book(as_alice, kettle, "OUT", 1)
    page = Browser(alice).get_page(f"/api/products/{kettle.pk}/").partition("Last changes")[0]
    assert page.count('data-title="When"') == 10
    assert "opening" not in page.partition('<div class="table"')[2].partition("</table>")[0]


def test_the_levels_are_those_at_the_end_of_each_day_by_the_time_of_happening(alice, as_alice):
    kettle = make_product(alice, "Kettle")
    book(as_alice, kettle, "IN", 10, days_ago=20)
    book(as_alice, kettle, "OUT", 4, days_ago=3)
    book(as_alice, kettle, "OUT", 1)
    levels = read_levels(as_alice, alice, kettle)
    assert len(levels) == 90
    assert levels == [0] * 69 + [10] * 17 + [6] * 3 + [5]


def test_a_product_with_too_many_movements_has_no_plot(alice, as_alice, monkeypatch):
    kettle = make_product(alice, "Kettle", 10)
    monkeypatch.setattr(product_page, "MAX_MOVEMENTS_READ", 1)
    browser = Browser(alice)
    assert "<polyline" in browser.get_page(f"/api/products/{kettle.pk}/")
    book(as_alice, kettle, "OUT", 1)
    assert read_levels(as_alice, alice, kettle) == []
    assert "<polyline" not in browser.get_page(f"/api/products/{kettle.pk}/")


def test_a_product_without_movements_says_what_to_do(alice):
    kettle = make_product(alice, "Kettle")
    page = Browser(alice).get_page(f"/api/products/{kettle.pk}/")
    assert "Nothing has been booked yet." in page
    assert "<polyline" not in page


def test_the_page_needs_five_statements_more_than_its_json(alice):
    kettle = make_product(alice, "Kettle", 10)
    browser, counts = Browser(alice), []
    for view in ("json", "page"):
        with CaptureQueriesContext(connection) as captured:
            browser.get_page(f"/api/products/{kettle.pk}/?_view={view}")
        counts.append(len(captured))
    assert counts[1] - counts[0] == 5


def test_a_product_without_places_has_no_table_of_them(page):
    assert "Locations and lots" not in page


def test_holdings_are_in_the_order_of_a_sale(alice, kettle):
    cellar = Location.objects.create(owner=alice, name="Cellar")
    lot = Lot.objects.create(owner=alice, product=kettle, code="H20", expires_on="2020-01-01")
    put_away(kettle, 2, location=cellar, lot=lot)
    put_away(kettle, 3, location=cellar)
    page = Browser(alice).get_page(f"/api/products/{kettle.pk}/")
    table = page.partition("Places and lots")[2].partition("</table>")[0]
    cells = [re.sub(r"<[^>]+>", "", text).strip() for text in re.findall(r"<td[^>]*>(.*?)</td>", table, re.DOTALL)]
    assert cells == [
        "Cellar", "–", "–", "3", "not held", "–", "–", "5", "Cellar", "H20", "2020-01-01 expired", "2",
    ]  # fmt: skip


def test_only_the_form_of_a_new_product_marks_what_is_required(alice):
    browser, product = Browser(alice), make_product(alice)
    pages = map(browser.get_page, ("/shop/products/add/", "/shop/form/items/", f"/shop/form/products/{product.pk}/"))
    marked = [re.findall(r'<label for="field-(\w+)">[^<]*<small>required', page) for page in pages]
    assert marked == [["name", "price"], ["name", "price"], []]
