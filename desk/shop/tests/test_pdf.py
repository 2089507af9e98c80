"""Orders, delivery notes and receipts as PDF."""

import re

import pytest

from core.files.pdf import Document
from core.ownership import save_fields
from testing.cast.orders import make_supplier, post, write_order
from testing.cast.people import client_of, make_product, make_user
from testing.cast.reservations import reserve
from testing.reading.browser import Browser
from testing.reading.pdf import read_pages
from testing.tables import all_cases
from trade.customers.models import Customer
from users.access.roles import Role

ORDER, NOTE, RECEIPT = KINDS = ("order", "note", "receipt")
PAGES = {ORDER: "/api/purchase-orders/{}/", NOTE: "/api/stock/reservations/{}/", RECEIPT: "/api/sales/{}/"}
FILES = {ORDER: f"{PAGES[ORDER]}file/", NOTE: f"{PAGES[NOTE]}file/", RECEIPT: f"{PAGES[RECEIPT]}receipt/"}
NAMES = {ORDER: "order-{}.pdf", NOTE: "delivery-note-{}.pdf", RECEIPT: "receipt-{}.pdf"}
PDF, SHOP = "?format=pdf", "Чай & Kettles Mill Lane 3 Oxford Tax number: GB 123"


@pytest.fixture
def made(as_alice, alice):
    """Return the id of a document of each kind."""
    save_fields(alice, {
        "shop_name": "Чай & Kettles", "shop_address": "Mill Lane 3\nOxford", "tax_number": "GB 123", "currency": "EUR",
        "receipt_note": "Come again!",
    })  # fmt: skip
    pot = make_product(
        alice, "Pot <blue>", 9, sku="POT", supplier_sku="M-7", unit="pcs", pack_size=4, price="7.50", cost_price="2.50"
    )
    nora = Customer.objects.create(owner=alice, name="Nora Novak", address="4 Mill Lane\nLinz", phone="+43 1")
    supplier = make_supplier(alice, "Müller", address="Forge Row 9\nLinz", phone_number="+43 2", contact_email="")
    order = write_order(as_alice, supplier, pot, quantity=8, reference="spring", note="back\ndoor")
    lines = [{"product": pot.pk, "quantity": 2, "unit_price": "7.50"}]
    note = as_alice.post("/api/stock/reservations/", {"lines": lines, "customer": nora.pk, "reference": "A 1"}).json()
    sold = [{"product": pot.pk, "movement_type": "OUT", "quantity": 3}]
    sale = {"reason": "sale", "lines": sold, "payments": [{"kind": "cash", "amount": "20", "tendered": "50"}]}
    receipt = as_alice.post("/api/stock/operations/", sale).json()["id"]
    return {ORDER: order["id"], NOTE: note["id"], RECEIPT: receipt}


def read(client, made, kind, query=PDF):
    response = client.get(FILES[kind].format(made[kind]) + query)
    assert (response.status_code, response.headers["Content-Type"]) == (200, "application/pdf"), response.content
    assert response.headers["Content-Disposition"] == f'attachment; filename="{NAMES[kind].format(made[kind])}"'
    [page] = read_pages(response.content)
    return page


@pytest.mark.quick
def test_an_order_says_what_is_ordered_for_how_much(as_alice, alice, made):
    assert read(as_alice, made, ORDER).startswith(
        f"{SHOP} Draft of order {made[ORDER]} Müller Forge Row 9 Linz +43 2 Document no. spring"
        " Product SKU Supplier's SKU Quantity Packs Cost of one Cost"
        " Pot <blue> POT M-7 8 pcs 2 × 4 2.50 20.00 Total 20.00 EUR back door"
    )
    post(as_alice, {"id": made[ORDER]}, "send", expected_on="2031-05-01")
    facts = f"Date {alice.shop_today()} Expected 2031-05-01 Document no. spring"
    assert f"Order {made[ORDER]} Müller Forge Row 9 Linz +43 2 {facts}" in read(as_alice, made, ORDER)


def test_an_order_of_a_worker_has_no_costs(as_bob, made):
    text = read(as_bob, made, ORDER)
    assert "Quantity Packs Pot <blue> POT M-7 8 pcs 2 × 4 back door" in text
    assert "Total" not in text


def test_the_total_of_an_order_says_if_a_line_has_no_cost(as_alice, alice, made):
    mill = make_supplier(alice, "Mill")
    plain, priced = make_product(alice, "Plain"), make_product(alice, "Priced", cost_price="1.00")
    order = write_order(as_alice, mill, plain, priced)
    text = read(as_alice, {ORDER: order["id"]}, ORDER)
    assert "Cost of one Cost Plain 5 Priced 5 1.00 5.00 Total of the lines with a cost 5.00 EUR" in text
    text = read(as_alice, {ORDER: write_order(as_alice, mill, plain)["id"]}, ORDER)
    assert "Product Quantity Plain 5 Draft of order" in text


@pytest.mark.quick
def test_a_delivery_note_says_what_is_handed_out_to_whom(as_alice, made):
    assert (
        f"{SHOP} Delivery note 1 A 1 Nora Novak 4 Mill Lane Linz +43 1"
        " Product SKU Quantity Price of one Price Pot <blue> POT 2 pcs 7.50 15.00 Total 15.00 EUR Received by ___"
    ) in read(as_alice, made, NOTE)


def test_a_delivery_note_without_prices_has_no_columns_for_them(as_alice, alice, made):
    rice = make_product(alice, "Rice", 5000, unit="kg", decimals=3)
    note = {NOTE: reserve(as_alice, rice, 1250)["id"]}
    for csv_format, amount in (("standard", "1.250 kg"), ("european", "1,250 kg")):
        save_fields(alice, {"csv_format": csv_format})
        assert f"Product Quantity Rice {amount} Received by" in read(as_alice, note, NOTE)


@pytest.mark.quick
def test_a_receipt_says_what_was_sold_and_how_it_was_paid(as_alice, made):
    text = read(as_alice, made, RECEIPT)
    assert text.startswith(f"{SHOP} Receipt #1 ")
    assert (
        " Product Quantity Price of one Price Pot <blue> 3 7.50 22.50 Total 22.50 EUR Cash 20.00 EUR"
        " Handed over 50.00 EUR Change given 30.00 EUR Due 2.50 EUR Come again! This is not a fiscal receipt."
    ) in text


def test_a_receipt_is_in_the_language_of_the_shop_and_the_others_in_that_of_the_reader(as_alice, alice, made):
    save_fields(alice, {"shop_language": "de", "csv_format": "european"})
    texts = [read(as_alice, made, kind) for kind in KINDS]
    assert [text.count("Total") for text in texts] == [1, 1, 0]
    assert "Summe 22,50 EUR" in texts[-1] or "Gesamt" in texts[-1]


@all_cases("kind", KINDS)
def test_the_total_is_bold(as_alice, made, kind, monkeypatch):
    bold = []
    monkeypatch.setattr(Document, "put_table", lambda *_args, strong=(), **_options: bold.extend(strong))
    assert as_alice.get(FILES[kind].format(made[kind]) + PDF).status_code == 200
    assert bold == ["Total"]


@all_cases("kind", KINDS)
def test_the_paper_is_a4_or_letter(as_alice, made, kind):
    address = FILES[kind].format(made[kind]) + PDF
    for query, width in (("", b"595"), ("&paper=a4", b"595"), ("&paper=letter", b"612")):
        assert b"/MediaBox [ 0 0 " + width in as_alice.get(address + query).content
    for paper in ("80", "a5", "A4"):
        response = as_alice.get(f"{address}&paper={paper}")
        assert (response.status_code, list(response.json())) == (400, ["paper"])


@all_cases("kind", KINDS)
@pytest.mark.quick
def test_letters_that_the_font_lacks_are_refused_by_name(as_alice, alice, made, kind):
    save_fields(alice, {"receipt_note": "", "shop_address": "乌龙茶 3\nשלום"})
    refused = as_alice.get(FILES[kind].format(made[kind]) + PDF)
    assert (refused.status_code, refused.json()) == (400, {
        "detail": "A PDF file can't show these letters: 乌 龙 茶 ש ל ו ם. They are in: 乌龙茶 3\nשלום",
        "code": "letters_missing", "letters": "乌 龙 茶 ש ל ו ם", "text": "乌龙茶 3\nשלום",
    })  # fmt: skip


@all_cases("kind", KINDS)
def test_who_may_read_the_page_may_read_the_file(alice, as_bob, as_charlie, as_nobody, made, kind):
    vera, cora = (make_user(role, role=role, employer=alice) for role in (Role.VIEWER, Role.COUNTER))
    address = FILES[kind].format(made[kind]) + PDF
    clients = (as_bob, client_of(vera), client_of(cora), as_charlie, as_nobody)
    assert [client.get(address).status_code for client in clients] == [200, 200, 403, 404, 401]


@all_cases("kind", KINDS)
def test_a_file_that_a_browser_may_not_open_is_refused_on_a_page(alice, charlie, made, kind):
    cora = make_user("cora", role=Role.COUNTER, employer=alice)
    address = FILES[kind].format(made[kind]) + PDF
    for user, status in ((charlie, 404), (cora, 403)):
        refused = Browser(user).client.get(address, headers={"Accept": "text/html,*/*;q=0.8"})
        assert (refused.status_code, "<h1" in refused.text) == (status, True)
    refused = Browser(alice).client.get(f"{address}&detail=1&code=2", headers={"Accept": "text/html,*/*;q=0.8"})
    assert (refused.status_code, "<h1" in refused.text) == (400, True)


@all_cases("kind", KINDS)
def test_the_page_leads_to_the_file_and_a_refusal_is_a_page(alice, made, kind):
    browser, address = Browser(alice), FILES[kind].format(made[kind])
    page = browser.get_page(PAGES[kind].format(made[kind]))
    assert re.search(rf'href="{address}\?[^"]*format=pdf[^"]*">PDF<', page)
    save_fields(alice, {"shop_name": "乌龙"})
    refused = browser.client.get(address + PDF, headers={"Accept": "text/html,*/*;q=0.8"})
    assert (refused.status_code, refused.headers["Content-Type"]) == (400, "text/html; charset=utf-8")
    assert "乌 龙" in refused.text
