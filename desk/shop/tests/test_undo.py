"""Undo leads back to the page on which it was offered, and says what is in stock again."""

import html
import re

from desk.shop.tests.reading import read_message
from desk.shop.tests.test_bookings import MOVE, SELL, list_quantities
from stock.models import Operation
from testing.tables import all_cases

UNDO = re.compile(r'<form method="post" action="(/api/[^"]+)">(.*?)<button class="button">Undo</button>', re.DOTALL)


def press_undo(browser, page):
    """Send the form of the button, and return the response."""
    address, inputs = UNDO.search(page).groups()
    values = dict(re.findall(r'name="([^"]+)" value="([^"]*)"', inputs))
    return browser.client.post(html.unescape(address), values)


@all_cases("address", [SELL, "{sell}?product={id}&back={id}"])
def test_the_undo_of_a_sale_stays_where_it_was_offered(browser, earl, address):
    sold = browser.send_task(address.format(sell=SELL, id=earl.pk), {"product": "earl", "quantity": 2})
    where = sold.headers["Location"]
    undone = press_undo(browser, browser.get_page(where))
    assert undone.headers["Location"] == where
    assert read_message(browser, undone) == "Undone. Earl Grey: 9 in stock."
    assert list_quantities() == {"Earl Grey": 9}


def test_the_undo_of_several_lines_says_how_many_products(browser, earl, assam):
    sold = browser.send_task(SELL, {"product": "earl"}, {"product": "assam"})
    undone = press_undo(browser, browser.get_page(sold.headers["Location"]))
    assert read_message(browser, undone) == "Undone: the stock of 2 products is as before."


def test_the_undo_of_a_move_counts_its_product_once(browser, earl, cellar):
    moved = browser.send_task(MOVE, {"product": "earl", "quantity": 2}, to="Cellar")
    undone = press_undo(browser, browser.get_page(moved.headers["Location"]))
    assert read_message(browser, undone) == "Undone. Earl Grey: 9 in stock."


@all_cases("back", ["https://example.com/", "//example.com/", "javascript:alert(1)", "x", ""])
def test_an_undo_leads_to_no_other_site(browser, earl, back):
    sold = browser.get_page(browser.send_task(SELL, {"product": "earl"}).headers["Location"])
    address = UNDO.search(sold)[1].partition("?")[0]
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]*)"', sold)[1]
    undone = browser.client.post(f"{address}?_back={back}", {"csrfmiddlewaretoken": token})
    assert undone.headers["Location"] == f"/api/stock/operations/{Operation.objects.latest('pk').pk}/"


def test_the_undo_of_an_archived_product_stays_in_the_list(browser, kettle):
    assert browser.delete(f"/api/products/{kettle.pk}/").status_code == 303
    restored = press_undo(browser, browser.get_page("/api/products/"))
    assert restored.headers["Location"] == "/api/products/"
    assert read_message(browser, restored) == f"Restored {kettle.name}."
