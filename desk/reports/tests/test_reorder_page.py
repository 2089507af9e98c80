"""The page "Tomorrow's order" has a form for each supplier, which makes a draft."""

import html
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from desk.reports import reorder
from desk.reports.tests.reporting import book
from suppliers.models import Supplier
from testing.cast.people import make_product
from testing.reading.browser import Browser
from trade.purchasing.models import Order, OrderLine

ADDRESS = "/api/reports/reorder/"


@pytest.fixture
def mill(alice):
    return Supplier.objects.create(owner=alice, name="Mill", lead_days=3)


@pytest.fixture
def flour(alice, mill):
    return make_product(alice, "Flour", 4, sku="F", supplier=mill, pack_size=12, cost_price="1.25")


@pytest.fixture
def salt(alice, mill):
    return make_product(alice, "Salt", 0, barcode="400", supplier=mill)


def read_forms(browser, address=ADDRESS):
    """Return the address and the values of each form that makes a draft."""
    return find_forms(browser.get_page(address), "/shop/order/")


def find_forms(page, address):
    """Return the address and the values of each form of the page that posts to this address."""
    forms = re.findall(
        rf'<form (?:id="[^"]+" )?method="post" action="({re.escape(address)})">(.*?)</form>', page, re.DOTALL
    )
    return [(action, read_values(form)) for action, form in forms]


def read_values(form):
    """Return the values of a form. The cells of its lines are lists, because they have the same names."""
    values = {"product": [], "quantity": []}
    for name, value in re.findall(r'name="([^"]+)" value="([^"]*)"', form):
        values[name] = [*values[name], html.unescape(value)] if name in values else html.unescape(value)
    return values


def list_lines():
    return sorted(OrderLine.objects.values_list("product__name", "quantity"))


def test_one_click_makes_a_draft_of_a_supplier_and_leads_to_it(alice, mill, flour, salt):
    browser = Browser(alice)
    [(address, values)] = read_forms(browser)
    response = browser.client.post(address, values)
    order = Order.objects.get()
    assert (response.status_code, response.headers["Location"]) == (303, f"/api/purchase-orders/{order.pk}/")
    assert (order.supplier, order.state) == (mill, "draft")
    assert list_lines() == [("Flour", 12), ("Salt", 6)]


def test_one_more_click_sends_it(alice, flour):
    browser = Browser(alice)
    [(address, values)] = read_forms(browser)
    draft = browser.client.post(address, values).headers["Location"]
    [(send, sent)] = find_forms(browser.get_page(draft), f"{draft}send/")
    response = browser.client.post(send, sent)
    assert (response.status_code, response.headers["Location"]) == (303, draft)
    assert Order.objects.get().state == "sent"
    assert find_forms(browser.get_page(draft), f"{draft}send/") == []


def test_quantities_can_be_changed_and_0_leaves_a_product_out(alice, flour, salt):
    browser = Browser(alice)
    [(address, values)] = read_forms(browser)
    assert (values["product"][0], values["quantity"][0]) == ("Flour (F)", "12")
    assert browser.client.post(address, values | {"quantity": ["0", "8"]}).status_code == 303
    assert list_lines() == [("Salt", 8)]


@pytest.mark.quick
def test_an_order_of_nothing_is_refused(alice, flour):
    browser = Browser(alice)
    [(address, values)] = read_forms(browser)
    assert browser.client.post(address, values | {"quantity": ["0"]}).status_code == 400
    assert not Order.objects.exists()


def test_a_form_that_is_sent_twice_makes_one_draft(alice, flour):
    browser = Browser(alice)
    [(address, values)] = read_forms(browser)
    assert [browser.client.post(address, values).status_code for _ in range(2)] == [303, 303]
    assert Order.objects.count() == 1


def test_what_is_in_the_draft_is_not_shown_again(alice, flour, salt):
    browser = Browser(alice)
    [(address, values)] = read_forms(browser)
    browser.client.post(address, values)
    assert "Nothing has to be ordered." in browser.get_page(ADDRESS)


def test_each_supplier_has_a_form_and_products_without_one_have_none(alice, flour):
    acme = Supplier.objects.create(owner=alice, name="Acme", lead_days=1)
    make_product(alice, "Jam", supplier=acme)
    make_product(alice, "Pin")
    browser = Browser(alice)
    forms = read_forms(browser)
    assert [values["supplier"] for _, values in forms] == [str(acme.pk), str(flour.supplier_id)]
    assert len({values["_idempotency_key"] for _, values in forms}) == 2
    page = browser.get_page(ADDRESS)
    assert re.findall(r"<h2>(?:<a[^>]*>)?([^<]+)", page)[:3] == ["Acme", "Mill", "Without supplier"]
    assert "Give these products a supplier to order them." in page
    assert "1 product. A delivery takes 3 days." in page
    assert ">A delivery takes 1 day." in page


def test_a_card_of_each_supplier_has_its_total_and_sends_its_form(alice, mill, flour, salt):
    make_product(alice, "Pin")
    page = Browser(alice).get_page(ADDRESS)
    cards = re.findall(r'<section class="card">(.*?)</section>', page, re.DOTALL)
    titles = [
        re.search(r'<h2><a href="#([^"]+)">([^<]+)</a></h2>\s*<p class="figure">([^<]+)<', card) for card in cards
    ]
    assert [found.groups()[1:] for found in titles] == [("Mill", "15.00"), ("Without supplier", "1 product")]
    assert all(f'id="{found[1]}"' in page for found in titles)
    [form] = re.findall(r'<button class="button" form="([^"]+)">Draft 2 lines</button>', cards[0])
    assert f'<form id="{form}" method="post" action="/shop/order/">' in page
    assert "<button" not in cards[1]
    assert page.count('class="button primary"') == 1


def test_the_page_shows_the_known_part_of_the_cost(alice, flour, salt):
    assert "2 products, 1 of them without a cost. A delivery takes 3 days." in Browser(alice).get_page(ADDRESS)


def test_what_is_late_is_marked(alice, as_alice, flour):
    assert "order now" not in Browser(alice).get_page(ADDRESS)
    book(as_alice, flour, "OUT", 4)
    assert "order now" in Browser(alice).get_page(ADDRESS)


def test_workers_see_the_numbers_without_forms_and_costs(bob, flour):
    browser = Browser(bob)
    page = browser.get_page(ADDRESS)
    assert "Flour" in page
    assert "15.00" not in page
    assert '<p class="figure">1 product</p>' in page
    assert read_forms(browser) == []


def test_a_long_order_is_made_draft_by_draft(alice, mill, monkeypatch):
    monkeypatch.setattr(reorder, "MAX_LINES", 2)
    for number in range(3):
        make_product(alice, f"P{number}", supplier=mill)
    browser = Browser(alice)
    assert reorder.MORE in browser.get_page(ADDRESS)
    for _ in range(2):
        [(address, values)] = read_forms(browser)
        assert browser.client.post(address, values).status_code == 303
    assert len(list_lines()) == 3
    assert read_forms(browser) == []


def test_the_longest_form_is_accepted(alice, mill):
    for number in range(reorder.MAX_LINES + 1):
        make_product(alice, f"P{number}", supplier=mill)
    browser = Browser(alice)
    [(address, values)] = read_forms(browser)
    assert browser.client.post(address, values).status_code == 303
    assert len(list_lines()) == reorder.MAX_LINES


def test_the_page_takes_as_many_statements_for_many_products_as_for_one(alice, mill, flour):
    browser = Browser(alice)
    counts = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as captured:
            browser.get_page(ADDRESS)
        counts.append(len(captured))
        for number in range(30):
            make_product(alice, f"P{number}", supplier=mill)
    assert counts[0] == counts[1]


def test_the_page_says_that_the_user_has_no_shop(dora):
    assert "You belong to no shop" in Browser(dora).get_page(ADDRESS)
