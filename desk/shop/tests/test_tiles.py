"""The page that sells has tiles of the products that are in most of the last sales."""

import html
import re

from django.utils import timezone

from desk.shop.tests.reading import read_message
from products.models import Product
from testing.cast.people import make_product, make_user
from testing.reading.browser import Browser, read_task
from testing.tables import all_cases
from trade.kits.tests.kits import make_kit
from users.access.roles import Role

SELL = "/shop/sell/"


def list_tiles(page):
    tiles = re.findall(r'name="tile" value="([^"]*)">.*?<b>(.*?)</b> <small>(.*?)</small>', page)
    return [tuple(map(html.unescape, tile)) for tile in tiles]


def sell(browser, *texts):
    assert browser.send_task(SELL, *({"product": text, "quantity": "1"} for text in texts)).status_code == 303


def test_a_shop_without_sales_has_no_tiles(browser, earl):
    assert 'class="tiles"' not in browser.get_page(SELL)


def test_the_products_in_most_sales_come_first(browser, alice, earl, assam):
    brie = make_product(alice, "Brie", 5000, unit="kg", decimals=3, price="20.00")
    sell(browser, "assam", "brie")
    sell(browser, "assam", "earl")
    browser.send_task(SELL, {"product": "earl", "quantity": "5"})
    sell(browser, "assam")
    assert list_tiles(browser.get_page(SELL)) == [
        ("Assam (TEA-ASSAM)", "Assam", "10.00"),
        ("Earl Grey (TEA-EARL)", "Earl Grey", "10.00"),
        (f"Brie (#{brie.pk})", "Brie", "20.00 / kg"),
    ]


def test_what_goes_out_for_another_reason_is_not_sold(browser, earl, assam):
    browser.send_task("/shop/write-off/", {"product": "assam"}, reason="damage")
    sell(browser, "earl")
    assert [name for _, name, _ in list_tiles(browser.get_page(SELL))] == ["Earl Grey"]


def test_archived_products_and_those_of_other_shops_have_no_tiles(browser, charlie, earl, assam):
    make_product(charlie, "Kettle", 5)
    sell(Browser(charlie), "kettle")
    sell(browser, "earl", "assam")
    Product.objects.filter(pk=earl.pk).update(archived_at=timezone.now())
    assert [name for _, name, _ in list_tiles(browser.get_page(SELL))] == ["Assam"]


def test_there_are_ten_tiles(browser, alice):
    names = [f"Tea {number}" for number in range(11)]
    for name in names:
        make_product(alice, name, 5, sku=name.replace(" ", "-"))
    sell(browser, *(name.replace(" ", "-") for name in names))
    assert [name for _, name, _ in list_tiles(browser.get_page(SELL))] == names[:10]


def test_a_worker_has_the_tiles_of_the_shop(browser, alice, earl):
    sell(browser, "earl")
    worker = make_user("wilma", employer=alice, role=Role.WORKER)
    assert len(list_tiles(Browser(worker).get_page(SELL))) == 1


def click(browser, text, *lines):
    """Click a tile of the form with these lines. Return the lines of the page that answers."""
    values = browser.task_values(SELL) | {"product": [], "quantity": [], "unit_price": [], "off": []}
    for line in lines or ({},):
        values["product"].append(line.get("product", ""))
        values["quantity"].append(line.get("quantity", "1"))
        values["unit_price"].append("")
        values["off"].append("")
    response = browser.client.post(SELL, values | {"tile": text})
    assert response.status_code == 200
    shown = read_task(response.text)
    return [line for line in zip(shown["product"], shown["quantity"], strict=True) if line[0]]


def test_a_click_without_a_script_adds_one(browser, earl, assam):
    earl_text, assam_line = "Earl Grey (TEA-EARL)", {"product": "assam", "quantity": "2"}
    assert click(browser, earl_text) == [(earl_text, "1")]
    assert click(browser, earl_text, assam_line) == [("assam", "2"), (earl_text, "1")]
    assert click(browser, earl_text, {"product": earl_text, "quantity": "2"}, assam_line) == [
        (earl_text, "3"), ("assam", "2")
    ]  # fmt: skip
    assert click(browser, earl_text, {"product": earl_text, "quantity": "²"}) == [(earl_text, "²")]


@all_cases("page", ["count", "write-off", "products/add"])
def test_a_page_without_tiles_is_calm_if_one_is_sent(browser, earl, page):
    values = browser.task_values(f"/shop/{page}/")
    assert browser.client.post(f"/shop/{page}/", values | {"tile": "x"}).status_code == 200


def test_a_sale_by_a_tile_is_booked(browser, earl):
    sell(browser, "earl")
    [(text, _name, _price)] = list_tiles(browser.get_page(SELL))
    assert read_message(browser, browser.send_task(SELL, {"product": text})) == "Sold 1 of Earl Grey: 7 in stock."


def test_kits_have_tiles_and_their_parts_do_not_count(browser, alice, earl, assam):
    kit = make_kit(alice, "Set", {earl.pk: 2, assam.pk: 1})["id"]
    sell(browser, "Set")
    sell(browser, "Set", "assam")
    tiles = list_tiles(browser.get_page(SELL))
    assert tiles == [(f"Set (#kit {kit})", "Set", "30.00"), ("Assam (TEA-ASSAM)", "Assam", "10.00")]
    assert browser.send_task(SELL, {"product": tiles[0][0]}).status_code == 303


def test_an_owner_chooses_the_tiles_and_their_order(browser, alice, earl, assam):
    sell(browser, "earl")
    assert read_task(browser.get_page("/shop/tiles/"))["product"][0] == "Earl Grey (TEA-EARL)"
    response = browser.send_task("/shop/tiles/", {"product": "assam"}, {"product": "earl"})
    assert (response.status_code, response.headers["Location"]) == (303, SELL)
    assert [name for _, name, _ in list_tiles(browser.get_page(SELL))] == ["Assam", "Earl Grey"]
    browser.send_task("/shop/tiles/", {"product": ""}, {"product": ""})
    assert [name for _, name, _ in list_tiles(browser.get_page(SELL))] == ["Earl Grey"]


def list_offered(page):
    """Return the texts of the boxes below the tiles: those that add one, and those that are tiles already."""
    boxes = re.findall(r'type="checkbox" value="([^"]*)"( checked)?', page.partition('class="offered"')[2])
    return [[text for text, checked in boxes if bool(checked) is is_tile] for is_tile in (False, True)]


def test_what_is_sold_most_then_all_goods_are_ticked_to_become_tiles(browser, alice, charlie, earl, assam, wrap):
    make_product(charlie, "Kettle", 5)
    make_kit(alice, "Set", {earl.pk: 2}, sku="SET")
    sell(browser, "wrap")
    assert list_offered(browser.get_page("/shop/tiles/")) == [
        ["Set (SET)", "Assam (TEA-ASSAM)", "Earl Grey (TEA-EARL)"], ["Gift wrap (WRAP)"]
    ]  # fmt: skip
    values = browser.task_values("/shop/tiles/")
    values["product"] = ["Gift wrap (WRAP)", "", "", "Set (SET)"]  # as a browser without scripts sends a tick
    assert browser.client.post("/shop/tiles/", values).status_code == 303
    assert [name for _, name, _ in list_tiles(browser.get_page(SELL))] == ["Gift wrap", "Set"]


def test_a_tile_that_is_there_twice_is_refused(browser, earl):
    response = browser.send_task("/shop/tiles/", {"product": "earl"}, {"product": "earl"})
    assert response.status_code == 400
    assert '<div id="errors-product-1"><p class="error">This is there twice.' in response.text


def test_managers_choose_tiles_and_workers_do_not(alice, earl):
    manager, worker = (make_user(name, employer=alice, role=name) for name in (Role.MANAGER, Role.WORKER))
    assert Browser(manager).send_task("/shop/tiles/", {"product": "earl"}).status_code == 303
    assert "/shop/tiles/" in Browser(manager).get_page(SELL)
    assert Browser(worker).client.get("/shop/tiles/").status_code == 403
    assert "/shop/tiles/" not in Browser(worker).get_page(SELL)


def test_tiles_that_were_read_can_be_sent_back_though_one_is_archived(as_alice, earl, assam):
    tiles = [{"product": earl.pk}, {"product": assam.pk}]
    as_alice.patch("/api/account/", {"tiles": tiles})
    as_alice.delete(f"/api/products/{earl.pk}/")
    assert as_alice.patch("/api/account/", {"tiles": tiles[::-1]}).json()["tiles"] == tiles[::-1]
    as_alice.patch("/api/account/", {"tiles": []})
    assert as_alice.patch("/api/account/", {"tiles": tiles}).status_code == 400
