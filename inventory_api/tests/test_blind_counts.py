"""No response tells a counter how much there should be: not on any route, page, file or refusal, and in no mail."""

import html
import re

import pytest

from desk.shop import page_urls
from inventory_api.tests.test_hidden_costs import find_costs, write_pattern
from inventory_api.tests.test_tenancy_leaks import read_everything, send_all_writes
from stock.booking.drafts import BookingLine, OperationDraft, by_id
from stock.booking.services import book
from stock.models import Holding, MovementType, OperationReason
from testing.browser import Browser
from testing.cast import make_product
from trade.sheets.models import Sheet, SheetLine
from users.access.roles import RIGHTS, Right, Role

pytestmark = [pytest.mark.usefixtures("shared_world"), pytest.mark.check]
PRIME = 15_485_863  # the number of pieces that are delivered after the sheet was opened
THRESHOLD = 32_452_843


@pytest.fixture
def secrets(world):
    """Return a pattern that finds what is expected of the products of the open sheet, and what they have cost."""
    shop = world.own_shop("alice")
    lines = [BookingLine(by_id(product.pk), MovementType.IN, PRIME) for product in shop.products]
    book(draft=OperationDraft(by=shop.owner, reason=OperationReason.PURCHASE), lines=lines)
    for product in shop.products:
        product.refresh_from_db()
        type(product).objects.filter(pk=product.pk).update(min_threshold=THRESHOLD)
    held = Holding.objects.filter(owner=shop.owner).values_list("quantity", flat=True)
    numbers = {*(product.quantity for product in shop.products), *held, PRIME, THRESHOLD} - set(range(1000))
    counts = [r"[,.'\s]?".join(str(number)) for number in numbers]
    return re.compile(rf"(?<!\d)({'|'.join([*counts, *map(write_pattern, find_costs(world))])})(?!\d)")


def find_secrets(answers, secrets):
    return {title for title, answer in answers if secrets.search(answer.content)}


def test_a_counter_reads_no_expected_quantity_and_no_cost(world, secrets):
    Sheet.objects.update(blind=False)
    assert find_secrets(read_everything(world, "cora"), secrets) == set()


def test_no_response_to_a_write_shows_a_counter_an_expected_quantity(world, secrets):
    Sheet.objects.update(blind=False)
    assert find_secrets(send_all_writes(world, "cora"), secrets) == set()


def test_a_viewer_and_a_manager_find_both(world, secrets):
    """This is the negative control."""
    paths = {"/api/products/", "/api/stock/sheets/{id}/differences/", "/api/stock/sheets/{id}/file/"}
    for role in ("vera", "mona"):
        found = {title.split()[1] for title in find_secrets(read_everything(world, role, paths), secrets)}
        assert found >= paths - {"/api/stock/sheets/{id}/file/"}


def test_finds_a_counter_that_reads(world, secrets, monkeypatch):
    """This is the negative control."""
    monkeypatch.setitem(RIGHTS, Role.COUNTER, {Right.SEE_SHOP, Right.READ})
    Sheet.objects.update(blind=False)
    paths = {"/api/products/", "/api/scan/", "/api/stock/sheets/{id}/file/"}
    found = {title.split()[1] for title in find_secrets(read_everything(world, "cora", paths), secrets)}
    assert found == paths


def list_task_pages(sheet):
    """Return the addresses of all pages outside of the API, with the id of the sheet in the place of each parameter."""
    return {
        f"/shop/{re.sub('<[^>]+>', str(sheet.pk), str(page.pattern))}": page.name for page in [*page_urls.urlpatterns]
    } | {"/shop/agents/": "shop-agents", "/api/": "root"}


def test_a_counter_opens_no_page_of_a_task_but_those_of_counting_sheets(world, secrets):
    sheet, browser = Sheet.objects.get(owner=world.own_shop("alice").owner, state="open"), Browser(world.users["cora"])
    opened, texts = set(), []
    for address, name in list_task_pages(sheet).items():
        answer = browser.client.get(address)
        opened |= {name} if answer.status_code == 200 else set()
        texts.append(answer.text)
    assert opened == {"shop-count", "shop-count-sheet", "shop-reports", "shop-links", "shop-sent", "root"}
    assert not secrets.search(" ".join(texts))


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
