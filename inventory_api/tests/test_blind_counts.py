"""Counters open only what they need to count. test_walk_employees.py looks for quantities in what they read."""

import html
import re

import pytest

from inventory_api.urls import shop_pages
from testing.cast.people import make_product
from testing.reading.browser import Browser
from trade.sheets.models import Sheet, SheetLine

pytestmark = [pytest.mark.usefixtures("shared_world")]
PRIME = 15_485_863  # the number of pieces that are delivered after the sheet was opened
THRESHOLD = 32_452_843


def list_task_pages(sheet):
    """Return the addresses of all pages outside of the API, with the id of the sheet in the place of each parameter."""
    return {f"/shop/{re.sub('<[^>]+>', str(sheet.pk), str(page.pattern))}": page.name for page in [*shop_pages]} | {
        "/shop/agents/": "shop-agents",
        "/api/": "root",
    }


def test_a_counter_opens_no_page_of_a_task_but_those_of_counting_sheets(world):
    sheet, browser = Sheet.objects.get(owner=world.own_shop("alice").owner, state="open"), Browser(world.users["cora"])
    opened = set()
    for address, name in list_task_pages(sheet).items():
        answer = browser.client.get(address)
        opened |= {name} if answer.status_code == 200 else set()
    assert opened == {"shop-count", "shop-count-sheet", "shop-reports", "shop-links", "shop-sent", "root"}


def test_the_pages_of_a_counter_lead_to_none_that_is_closed(world):
    sheet, browser = Sheet.objects.get(owner=world.own_shop("alice").owner, state="open"), Browser(world.users["cora"])
    address = f"/api/stock/sheets/{sheet.pk}/"
    code = world.own_shop("alice").products[0].sku
    for page in (
        "/api/",
        "/shop/shop/",
        "/api/account/",
        "/api/users/me/",
        address,
        f"{address}lines/",
        f"/api/scan/?code={code}",
    ):
        found = re.findall(r'<a [^>]*href="(/(?:api|shop|till)/[^"#]*)', browser.get_page(page))
        links = {html.unescape(link) for link in found if "format=" not in link}
        assert [link for link in links if browser.client.get(link).status_code != 200] == [], page


# --- What a counter scans ---------------------------------------------------------------------------------


@pytest.fixture
def as_cora(world):
    return world.client("cora")


def scan(client, code):
    return client.get("/api/scan/", {"code": code})


@pytest.mark.quick
def test_a_counter_scans_what_is_on_an_open_sheet(world, as_cora):
    product = world.own_shop("alice").products[0]
    found = scan(as_cora, product.sku).json()
    assert found["product"]["name"] == product.name
    hidden = {"quantity", "available", "reserved", "on_order", "expiration_date", "is_low_stock", "cost_price", "price"}
    assert hidden & {*found["product"]} == set()
    assert scan(world.client("bob"), product.sku).json()["product"].keys() > found["product"].keys() | {"quantity"}


def test_a_counter_scans_nothing_else(world, as_cora):
    other = make_product(world.own_shop("alice").owner, "Other", sku="OTHER")
    assert scan(world.client("bob"), "OTHER").status_code == 200
    assert (scan(as_cora, "OTHER").status_code, scan(as_cora, "OTHER").json()["code"]) == (404, "code_unknown")
    sheet = Sheet.objects.get(owner=other.owner, state="open")
    SheetLine.objects.create(owner=other.owner, sheet=sheet, product=other)
    assert scan(as_cora, "OTHER").status_code == 200
    Sheet.objects.filter(pk=sheet.pk).update(state="dropped", closed_at=sheet.created_at)
    assert scan(as_cora, "OTHER").status_code == 404


def test_a_counter_scans_a_lot_without_its_date_and_what_is_left(world, as_cora):
    lot = world.own_shop("alice").rows[next(m for m in world.own_shop("alice").rows if m.__name__ == "Lot")]
    owner, product = lot.owner, lot.product
    type(product).objects.filter(pk=product.pk).update(barcode="4006381333931")
    type(lot).objects.filter(pk=lot.pk).update(code="L7")
    SheetLine.objects.create(owner=owner, sheet=Sheet.objects.get(owner=owner, state="open"), product=product)
    found = scan(as_cora, "(01)04006381333931(10)L7").json()
    assert (found["matched"], found["lot"], found["last_out"]) == ("lot", {"id": lot.pk, "code": "L7"}, None)


def test_a_counter_reads_the_name_and_the_language_of_the_shop(as_cora):
    assert {*as_cora.get("/api/account/").json()} == {"name", "language"}


def test_a_counter_reads_no_user_but_itself(world, as_cora):
    assert [user["id"] for user in as_cora.get("/api/users/").json()["results"]] == [world.users["cora"].pk]


def test_a_counter_enters_counts_and_sees_only_its_own(world, as_cora):
    shop = world.own_shop("alice")
    sheet = Sheet.objects.get(owner=shop.owner, state="open")
    address = f"/api/stock/sheets/{sheet.pk}/entries/"
    entered = as_cora.post(address, {"entries": [{"product": shop.products[1].pk, "quantity": 5}]})
    assert (entered.status_code, entered.json()["entries"][0]["quantity"]) == (201, 5)
    assert [row["quantity"] for row in as_cora.get(address).json()["results"]] == [5, None]
    lines = as_cora.get(f"/api/stock/sheets/{sheet.pk}/lines/").json()["results"]
    assert {row["counted"] for row in lines} == {None}
