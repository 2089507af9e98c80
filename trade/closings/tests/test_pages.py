"""The pages of closings, in a browser."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from stock.models import Operation
from testing.cast.people import make_product
from testing.cast.tills import Device
from testing.reading.browser import Browser
from testing.tables import all_cases
from trade.closings import pages
from trade.closings.models import Cash, Closing
from trade.closings.tests.drawers import CASH, CLOSINGS, close, sell
from users.models import User


@pytest.fixture
def browser(bob):
    return Browser(bob)


@pytest.mark.quick
def test_a_drawer_is_closed_on_the_pages(browser, as_alice, alice, bob):
    till, former = Device(alice).till, Device(alice, "till 2").till
    assert as_alice.delete(f"/api/tills/{former.pk}/").status_code == 204
    sell(as_alice, make_product(alice, "Pot", 9, price="10.00"), 2)
    page = browser.get_page(f"{CLOSINGS}preview/")
    assert "20.00" in page
    assert "<h1>In the drawer now</h1>" in page
    assert f'href="{CLOSINGS}preview/?till={till.pk}"' in page
    assert f"?till={former.pk}" not in page
    assert f'href="/shop/form/closings/?till={till.pk}"' in browser.get_page(f"{CLOSINGS}preview/?till={till.pk}")
    shown = browser.post(CLOSINGS, till="", counted="20.00", float="5.00")
    closing = Closing.objects.get()
    assert shown.status_code == 303, shown.content.decode()
    assert shown.headers["Location"] == f"{CLOSINGS}{closing.pk}/"
    page = browser.get_page(f"{CLOSINGS}{closing.pk}/")
    assert "Closing 1" in page
    assert bob.username in page
    assert "15.00" in page


def test_the_form_has_the_drawer_of_the_preview(browser, alice):
    till = Device(alice).till
    assert f'<option value="{till.pk}" selected' in browser.get_page(f"/shop/form/closings/?till={till.pk}")


def test_the_form_says_what_should_be_in_the_drawer_that_it_closes(browser, as_alice, alice):
    device = Device(alice)
    sell(as_alice, make_product(alice, "Pot", 9, price="10.00"), 1, payments=[{"kind": "cash"}])
    form = "/shop/form/closings/"
    expected = "Expected in the drawer: 10.00"
    assert f"{expected}, and what was in it before the first sale." in browser.get_page(form)
    close(as_alice, "10.00", "4.00")
    assert "Expected in the drawer: 4.00." in browser.get_page(form)
    refused = browser.post(CLOSINGS, counted="1.00", float="2.00").content.decode()
    assert "Expected in the drawer: 4.00." in refused
    page = browser.get_page(f"{form}?till={device.till.pk}")
    assert "till 1: Expected in the drawer: 0.00" in page
    assert re.search("<button[^>]*>Close the drawer</button>", page)


def test_the_list_offers_the_tills_by_name(browser, as_alice, alice):
    till = Device(alice, "Counter").till
    made = close(as_alice, till=till.pk)["id"], close(as_alice)["id"]
    page = browser.get_page(f"{CLOSINGS}?till=Counter")
    assert f'<option value="{till.pk}" selected>Counter</option>' in page
    assert [f'href="{CLOSINGS}{pk}/"' in page for pk in made] == [True, False]


def test_cash_is_moved_on_the_pages(browser):
    shown = browser.post(CASH, kind="out", amount="2.50", reason="Stamps")
    assert shown.headers["Location"] == CASH, shown.content.decode()
    assert Cash.objects.get().reason == "Stamps"
    assert "Stamps" in browser.get_page(CASH)


def test_a_float_above_what_was_counted_is_said_on_the_form(browser):
    shown = browser.post(CLOSINGS, counted="1.00", float="2.00").content.decode()
    assert "no more than that stays in the drawer" in shown
    assert not Closing.objects.exists()


@pytest.mark.quick
def test_a_closing_is_printed(browser, as_alice, alice):
    sell(as_alice, make_product(alice, "Pot", 9, price="10.00"), 2)
    made = close(as_alice, counted="20.00", kept="5.00", note="Rainy")
    page = browser.get_page(f"{CLOSINGS}{made['id']}/file/?format=html")
    for text in ("Closing 1", "20.00", "15.00", "Rainy", "Without VAT"):
        assert text in page
    table = as_alice.get(f"{CLOSINGS}{made['id']}/file/")
    lines = b"".join(table.streaming_content).decode().splitlines()
    assert lines[0] == "figure,of,amount"
    assert "total,,20.00" in lines


@all_cases("address", [CLOSINGS, CASH])
def test_an_empty_list_has_a_page(browser, address):
    assert "No " in browser.get_page(address)


def test_the_menu_has_closings_once_the_shop_takes_payments(browser, alice, as_alice):
    def is_offered():
        return f'href="{CLOSINGS}"' in browser.get_page("/shop/sell/")

    assert not is_offered()
    sale = {"kind": "cash", "amount": "10.00"}
    sell(as_alice, make_product(alice, "Pot", 9, price="10.00"), 1, payments=[sale])
    assert is_offered()
    User.objects.filter(pk=alice.pk).update(uses_payments="off")
    assert not is_offered()
    assert "Closings" in browser.get_page(CLOSINGS)
    User.objects.filter(pk=alice.pk).update(uses_payments="on")
    assert is_offered()


@pytest.mark.quick
def test_the_pages_show_the_first_late_sales_and_the_paper_all(browser, as_alice, alice, monkeypatch):
    monkeypatch.setattr(pages, "LATE_SHOWN", 1)
    pot = make_product(alice, "Pot", 9, price="10.00")
    close(as_alice)
    earlier = (timezone.now() - timedelta(hours=3)).isoformat()
    for reference in ("first one", "second one"):
        sell(as_alice, pot, 1, reference=reference, occurred_at=earlier)
    preview = browser.get_page(f"{CLOSINGS}preview/")
    address = f"{CLOSINGS}{close(as_alice)['id']}/"
    for page in (preview, browser.get_page(address)):
        people = page.partition('<details class="developers"')[0]
        shown = [one for one in ("first one", "second one") if one in people]
        assert (shown, "and 1 more" in people) == (["first one"], True)
    paper = browser.get_page(f"{address}file/?format=html")
    assert ("second one" in paper, "and 1 more" in paper) == (True, False)


def test_only_the_first_form_asks_for_the_opening(alice, as_alice):
    browser, device = Browser(alice), Device(alice)
    assert 'name="opening"' in browser.get_page("/shop/form/closings/")
    assert browser.post(CLOSINGS, till="", counted="120.00", float="100.00", opening="100.00").status_code == 303
    page = browser.get_page(f"{CLOSINGS}{Closing.objects.get().pk}/")
    figures = re.findall(r"<dt>(.*?)</dt>", page.partition('class="figures"')[2])[:3]
    assert figures == ["Expected", "Counted", "Difference"]
    assert '<dd class="plus">' in page
    assert 'name="opening"' not in browser.get_page("/shop/form/closings/")
    assert 'name="opening"' in browser.get_page(f"/shop/form/closings/?till={device.till.pk}")


def test_a_till_leads_to_its_page_for_those_alone_who_may_open_it(alice, bob, as_alice):
    """Bob keeps no till of Alice's. The pages that name it are those of sales, reports and closings."""
    device = Device(alice)
    device.book(1, make_product(alice, "Pot", 9, price="10.00"), reason="sale")
    sale = Operation.objects.get(reference__endswith="#1").pk
    closing = close(as_alice, till=device.till.pk)["id"]
    pages_with_it = f"/api/sales/{sale}/", "/api/reports/sales/?by=till", CLOSINGS, f"{CLOSINGS}{closing}/"
    link = f'href="{device.address}"'
    for address in pages_with_it:
        mine, his = (Browser(user).get_page(address) for user in (alice, bob))
        assert (link in mine, link in his, device.till.name in his) == (True, False, True), address
