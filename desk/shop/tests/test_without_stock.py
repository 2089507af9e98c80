"""Pages show no quantity of products without stock, and name them in their messages as others."""

import html

import pytest

from desk.shop.tests.reading import find_refusals, read_message
from desk.shop.tests.test_product_page import read_figures, read_head
from desk.shop.tests.test_undo import press_undo
from products.variants.tests.test_list import read_rows
from testing.cast.people import let_use, make_product
from testing.reading.browser import Browser, read_task
from testing.tables import all_cases

SELL = "/shop/sell/"


@all_cases("address", ["products", "items", "items/levels"])
def test_lists_show_no_stock(browser, wrap, earl, address):
    rows = read_rows(browser.get_page(f"/api/{address}/"))
    assert [row["In stock"] for row in rows] == ["–", "9"]


def test_the_page_of_an_item_has_no_figure_of_the_stock(browser, wrap):
    figures = read_figures(browser.get_page(f"/api/items/{wrap.pk}/"))
    assert figures["Price"] == "2.00"
    assert "In stock" not in figures


def test_the_page_says_so_in_place_of_the_stock(browser, wrap):
    assert read_head(browser.get_page(f"/api/products/{wrap.pk}/")) == ["2.00", "Its stock is not counted."]


def test_the_page_says_that_its_stock_is_not_counted(browser, alice, wrap, earl):
    let_use(alice, "places")
    pages = [browser.get_page(f"/api/products/{product.pk}/") for product in (wrap, earl)]
    buttons = ["/shop/count/?", "/shop/move/?", "/shop/write-off/?"]
    assert [[button in page for button in buttons] for page in pages] == [[False] * 3, [True] * 3]
    assert ["Keeps stock" in page for page in pages] == [True, False]
    assert ["Value at cost" in page for page in pages] == [False, True]


def test_a_scan_shows_no_stock(browser, wrap, earl):
    shown = [read_figures(browser.get_page(f"/api/scan/?code={code}")) for code in ("WRAP", "TEA-EARL")]
    assert [figures.get("In stock") for figures in shown] == [None, "9"]


def test_sells_it_and_names_it(browser, wrap):
    response = browser.send_task(SELL, {"product": "WRAP", "quantity": 3})
    assert read_message(browser, response) == "Sold 3 of Gift wrap."


def test_the_undo_of_its_sale_names_no_stock(browser, wrap):
    sold = browser.send_task(SELL, {"product": "WRAP", "quantity": 3})
    undone = press_undo(browser, browser.get_page(sold.headers["Location"]))
    assert read_message(browser, undone) == "Undone: the stock of 1 product is as before."


def test_the_table_of_a_group_shows_no_stock(as_alice, browser):
    group = as_alice.post("/api/groups/", {"name": "Wrap", "axes": ["size"]}).json()["id"]
    body = {"group": group, "name": "Gift wrap", "price": "2.00", "keeps_stock": False, "options": {"size": "L"}}
    assert as_alice.post("/api/products/", body, format="json").status_code == 201
    assert "<b>–</b>" in browser.get_page(f"/api/groups/{group}/")


def test_each_line_counts_once_in_a_message(browser, wrap, earl):
    response = browser.send_task(SELL, {"product": "WRAP", "quantity": 3}, {"product": "TEA-EARL", "quantity": 1})
    assert read_message(browser, response) == "Sold 2 lines."


def test_saving_its_form_leaves_it_without_stock(browser, wrap):
    address = f"/shop/form/products/{wrap.pk}/"
    assert browser.task_values(address)["keeps_stock"] == ["false"]
    assert browser.send_task(address, price="3.00").status_code == 303
    wrap.refresh_from_db()
    assert (str(wrap.price), wrap.keeps_stock) == ("3.00", False)


@pytest.fixture
def coffee(alice):
    """Return a product that a file without quantities has made."""
    return make_product(alice, "Coffee", sku="COFFEE", price="2.00", min_threshold=3)


def press_uncounted(browser, address, product):
    """Sell two of the product, and press the button of the refusal."""
    refused = browser.send_task(
        address, {"product": product.sku, "quantity": 2}, {"product": "TEA-EARL", "quantity": 1}
    )
    values = read_task(refused.text)
    assert f'name="uncounted" value="{product.pk}"' in refused.text
    return browser.client.post(address, {**values, "uncounted": str(product.pk)})


@all_cases("address", [SELL, "/shop/reserve/"])
def test_a_button_says_that_nobody_counts_it_and_the_lines_stay(browser, earl, coffee, address):
    page = press_uncounted(browser, address, coffee)
    assert "Nobody counts Coffee (COFFEE) any more: it is sold without a limit." in page.text
    coffee.refresh_from_db()
    assert (coffee.keeps_stock, coffee.min_threshold) == (False, None)
    values = read_task(page.text)
    assert (values["product"][:2], values["quantity"][:2]) == (["COFFEE", "TEA-EARL"], ["2", "1"])
    assert browser.client.post(address, values).status_code == 303


def test_that_nobody_counts_it_is_undone(browser, earl, coffee):
    undone = press_undo(browser, press_uncounted(browser, SELL, coffee).text)
    assert undone.headers["Location"] == SELL
    coffee.refresh_from_db()
    assert (coffee.keeps_stock, coffee.min_threshold) == (True, 3)


def test_who_does_not_manage_products_is_told(browser, bob, coffee):
    worker = Browser(bob)
    told = worker.client.post(SELL, {**worker.task_values(SELL), "uncounted": str(coffee.pk)})
    assert find_refusals(told) != []
    coffee.refresh_from_db()
    assert coffee.keeps_stock


def test_what_is_in_stock_stays_counted(browser, earl):
    told = browser.client.post(SELL, {**browser.task_values(SELL), "uncounted": str(earl.pk)})
    assert "in stock" in html.unescape(find_refusals(told)[0])
    earl.refresh_from_db()
    assert earl.keeps_stock
