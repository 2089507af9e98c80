"""Labels. The tests read their codes from the drawings, and check that their texts can't give commands."""

import re
from datetime import date
from xml.etree import ElementTree

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given, settings
from hypothesis import strategies as st

from core.http.middleware import PAGE_POLICY
from stock.models import Lot
from testing.cast.people import make_product
from testing.reading.browser import Browser
from testing.reading.labels import read_svg, read_texts, read_zpl
from testing.tables import all_cases
from trade.labels.drawing import formats
from trade.labels.drawing.contents import LabelContent, draw_lines, draw_qr
from trade.labels.drawing.formats import SIZES, lay_out
from trade.labels.errors import LabelTooSmall
from trade.labels.views import LabelsView

URL = "/api/labels/"
EAN, GTIN = "4006381333931", "04006381333931"
HOSTILE = "^XZ~HM^FS<script>\"&'_5E\\Ω 茶^FD"
KINDS = {"qr": "QR Code", "barcode": "EAN-13"}


@pytest.fixture
def pen(alice):
    return make_product(alice, "Pen, blue", price="1.20", sku="PEN-1", barcode=EAN)


@pytest.fixture
def lot(alice, pen):
    return Lot.objects.create(owner=alice, product=pen, code="A/7", expires_on=date(2027, 3, 31))


def address(product):
    return f"/api/products/{product.pk}/label/"


def draw(client, url, **parameters):
    """Return the codes of a label, which must be the same in both formats, and its texts."""
    svg_answer, zpl_answer = (client.get(url, {**parameters, "format": form}) for form in ("svg", "zpl"))
    assert svg_answer.status_code == zpl_answer.status_code == 200, svg_answer.content
    codes, texts = read_zpl(zpl_answer.text)
    assert (read_svg(svg_answer.text), read_texts(svg_answer.text)) == (codes, texts)
    return codes, texts


# --- One label --------------------------------------------------------------------------------------------------


@all_cases("size", SIZES)
@all_cases("code", KINDS)
def test_the_code_of_a_product_is_its_barcode(as_alice, pen, code, size):
    [(kind, content, _)], texts = draw(as_alice, address(pen), code=code, size=size)
    assert (kind, content) == (KINDS[code], EAN)
    assert texts[0].startswith("Pen")


def test_a_label_is_by_default_a_qr_code_as_svg(as_alice, pen):
    answer = as_alice.get(address(pen))
    assert answer.headers["Content-Type"] == "image/svg+xml"
    assert re.match(r'<svg xmlns="http://www.w3.org/2000/svg" width="57mm" height="32mm" ', answer.text)
    assert [kind for kind, _, _ in read_svg(answer.text)] == ["QR Code"]
    assert read_texts(answer.text) == ["Pen, blue", "1.20", EAN]


def test_the_price_has_the_currency_of_the_shop(as_alice, alice, pen):
    as_alice.patch("/api/account/", {"currency": "EUR"})
    assert "1.20 EUR" in read_texts(as_alice.get(address(pen)).text)


def test_the_price_of_goods_by_weight_has_their_unit(as_alice, alice):
    cheese = make_product(alice, "Comté", price="25.00", sku="00042", unit="kg", decimals=3)
    assert "25.00 / kg" in read_texts(as_alice.get(address(cheese)).text)


@pytest.mark.quick
@all_cases(
    ("barcode", "kind"),
    [("96385074", "EAN-8"), ("012345678905", "EAN-13"), ("4006381333932", "Code 128"), ("14006381333938", "Code 128")],
)
def test_numbers_are_drawn_as_what_they_are(as_alice, alice, barcode, kind):
    [(drawn, content, _)], _ = draw(as_alice, address(make_product(alice, barcode=barcode)), code="barcode")
    assert (drawn, content.zfill(13)) == (kind, barcode.zfill(13))


@pytest.mark.quick
@all_cases(("barcode", "kind"), [("96385074", "EAN-8"), (EAN, "EAN-13"), ("4006381333932", "QR Code")])
def test_auto_draws_lines_for_an_ean_and_otherwise_a_qr_code(as_alice, alice, barcode, kind):
    [(drawn, content, _)], _ = draw(as_alice, address(make_product(alice, barcode=barcode)), code="auto")
    assert (drawn, content) == (kind, barcode)


def test_auto_draws_a_qr_code_for_a_lot(as_alice, lot):
    assert draw(as_alice, f"/api/lots/{lot.pk}/label/", code="auto")[0][0][0] == "QR Code"


def test_without_a_barcode_the_code_is_the_sku(as_alice, alice):
    tea = make_product(alice, "Tea", sku="TEA-EARL 50g")
    assert [content for _, content, _ in draw(as_alice, address(tea), code="barcode", size="100x50")[0]] == [tea.sku]
    assert [content for _, content, _ in draw(as_alice, address(tea))[0]] == [tea.sku]


def test_what_a_label_carries_is_found_by_a_scan(as_alice, alice, pen, lot):
    for url in (address(pen), f"/api/lots/{lot.pk}/label/"):
        for code in KINDS:
            [(_, content, _)], _ = draw(as_alice, url, code=code, size="100x50")
            assert as_alice.get("/api/scan/", {"code": content}).json()["product"]["id"] == pen.pk


@pytest.mark.quick
def test_the_code_of_a_lot_is_a_digital_link_with_gtin_lot_and_date(as_alice, lot):
    [(kind, content, _)], texts = draw(as_alice, f"/api/lots/{lot.pk}/label/")
    assert (kind, content) == ("QR Code", f"https://id.gs1.org/01/{GTIN}/10/A%2F7?17=270331")
    assert texts[1:3] == ["Lot A/7", "Expires 2027-03-31"]
    found = as_alice.get("/api/scan/", {"code": content}).json()
    assert (found["matched"], found["lot"]["id"]) == ("lot", lot.pk)


def test_the_code_of_lines_of_a_lot_is_gs1_128(as_alice, lot):
    [(kind, content, symbology)], _ = draw(as_alice, f"/api/lots/{lot.pk}/label/", code="barcode", size="100x50")
    assert (kind, content, symbology) == ("Code 128", f"01{GTIN}1727033110A/7", "]C1")


@all_cases(("barcode", "code"), [("", "A7"), ("4006381333932", "A7"), (EAN, "Charge Ö 7")])
def test_without_a_gtin_or_with_another_lot_the_code_is_that_of_the_product(as_alice, alice, barcode, code):
    tea = make_product(alice, "Tea", sku="TEA", barcode=barcode)
    lot = Lot.objects.create(owner=alice, product=tea, code=code)
    [(_, content, _)], texts = draw(as_alice, f"/api/lots/{lot.pk}/label/")
    assert (content, f"Lot {code}" in texts) == (barcode or "TEA", True)


def test_a_date_that_two_digits_can_not_say_is_left_out_of_the_code(as_alice, alice, pen):
    lot = Lot.objects.create(owner=alice, product=pen, code="A7", expires_on=date(2199, 1, 1))
    [(_, content, _)], texts = draw(as_alice, f"/api/lots/{lot.pk}/label/")
    assert (content, "Expires 2199-01-01" in texts) == (f"https://id.gs1.org/01/{GTIN}/10/A7", True)


@pytest.mark.quick
@all_cases(
    ("fields", "parameters", "code"),
    [
        ({}, {}, "label_without_code"),
        ({"sku": "ÖL-1"}, {"code": "barcode"}, "label_needs_qr"),
        ({"sku": "A" * 30}, {"code": "barcode"}, "label_too_small"),
        ({"sku": "Ö" * 64}, {"size": "38x25"}, "label_too_small"),
        ({"sku": "A" * 64}, {"size": "38x25"}, None),
    ],
)
def test_refuses_a_label_that_no_scanner_could_read(as_alice, alice, fields, parameters, code):
    product = make_product(alice, **fields)
    answer = as_alice.get(address(product), parameters)
    if code is None:
        assert answer.status_code == 200
    else:
        assert (answer.status_code, answer.json()["code"], answer.json()["product"]) == (400, code, product.pk)


def test_proposes_the_qr_code_only_in_the_place_of_lines(as_alice, alice):
    url = address(make_product(alice, sku="A" * 30))
    assert as_alice.get(url, {"code": "barcode"}).json()["detail"].endswith("choose a larger one, or the QR code.")
    url = address(make_product(alice, sku="Ö" * 64))
    assert as_alice.get(url, {"size": "38x25"}).json()["detail"].endswith("choose a larger one.")


def test_refuses_unknown_values_of_parameters(as_alice, pen):
    for name in ("format", "code", "size"):
        answer = as_alice.get(address(pen), {name: "nope"})
        assert (answer.status_code, list(answer.json())) == (400, [name])


def test_archived_products_and_other_shops_are_not_found(as_alice, as_charlie, as_bob, pen, lot):
    assert as_charlie.get(address(pen)).status_code == as_charlie.get(f"/api/lots/{lot.pk}/label/").status_code == 404
    assert as_bob.get(address(pen)).status_code == 200
    assert as_alice.get(f"/api/lots/{lot.pk}/label/").status_code == 200
    as_alice.delete(f"/api/products/{pen.pk}/")
    assert as_alice.get(address(pen)).status_code == as_alice.get(f"/api/lots/{lot.pk}/label/").status_code == 404


# --- Texts --------------------------------------------------------------------------------------------------------


@pytest.mark.quick
def test_a_name_can_not_give_commands_to_the_printer(as_alice, alice, settings):
    settings.ZPL_FONT = "E:TT0003M_.FNT"
    product = make_product(alice, HOSTILE, sku=HOSTILE)
    text = as_alice.get(address(product), {"format": "zpl", "size": "100x50"}).text
    commands = re.findall(r"[\^~][A-Z0-9@]{2}", text)
    known = {"^XA", "^CI", "^PW", "^LL", "^LH", "^FO", "^GF", "^FS", "^A0", "^A@", "^PA", "^FH", "^FD", "^PQ", "^XZ"}
    assert (set(commands) - known, commands.count("^XZ"), text.count("~")) == (set(), 1, 0)
    codes, texts = read_zpl(text)
    assert ([content for _, content, _ in codes], texts[0][:8]) == ([HOSTILE], HOSTILE[:8])


@pytest.mark.quick
def test_a_name_is_text_in_svg_and_on_the_page(as_alice, alice):
    product = make_product(alice, HOSTILE, sku="X")
    answer = as_alice.get(address(product), {"size": "100x50"})
    assert "<script>" not in answer.text
    assert read_texts(answer.text)[0].startswith(HOSTILE[:12])
    page = as_alice.post(URL, {"lines": [{"product": product.pk}], "format": "html", "size": "100x50"}).text
    assert "&lt;script&gt;" in page


@given(st.text(max_size=60))
def test_every_text_is_escaped_for_the_printer(text):
    encodable = text.encode(errors="replace").decode()
    escaped = formats.escape_field(encodable)
    assert re.fullmatch("(?:[0-9A-Za-z]|_[0-9A-F]{2})*", escaped)


@given(st.text(max_size=40))
@settings(deadline=None)
def test_every_text_is_well_formed_svg(text):
    label = LabelContent(text, (text,), "X", draw_qr("X"), 1)
    ElementTree.fromstring(formats.write_svg(lay_out(label, "57x32")))  # noqa: S314


@all_cases("text", ["99", "99096C", "9967a9", "9999", "1199", "A99", "993"])
def test_a_code_that_begins_with_99_is_drawn_completely(text):
    label = LabelContent("Name", (), text, draw_lines(text), 1)
    assert text in {content for _, content, _ in read_svg(formats.write_svg(lay_out(label, "100x50")))}


@given(st.text(alphabet=st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=64))
@settings(deadline=None, max_examples=25)
def test_every_ascii_code_is_read_again(text):
    """If the label is too small for a code, it is refused."""
    for symbol in (draw_lines(text), draw_qr(text)):
        label = LabelContent("Name", (), text, symbol, 1)
        try:
            drawing = lay_out(label, "100x50")
        except LabelTooSmall:
            continue
        contents = {content for _, content, _ in read_svg(formats.write_svg(drawing))}
        assert contents & {text, text.zfill(13)}  # zxing can read the same lines backwards and find another code


# --- Sheets -------------------------------------------------------------------------------------------------------


def post(client, *lines, **fields):
    return client.post(URL, {"lines": lines, **fields})


@pytest.mark.quick
def test_a_sheet_has_each_label_as_often_as_asked(as_alice, pen, lot):
    answer = post(as_alice, {"barcode": EAN, "copies": 3}, {"product": pen.pk, "lot": "a/7", "copies": 2})
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "image/svg+xml")
    uses = re.findall(r'<use href="#label-(\d)" x="(\d+)" y="(\d+)"', answer.text)
    assert [number for number, _, _ in uses] == ["0", "0", "0", "1", "1"]
    assert len({(x, y) for _, x, y in uses}) == 5
    assert answer.text.count("<symbol") == 2


def test_a_printer_gets_each_label_once_with_the_number_of_copies(as_alice, pen, lot):
    text = post(as_alice, {"sku": "pen-1", "copies": 3}, {"sku": "PEN-1", "lot": "A/7"}, format="zpl").text
    labels = [label for label in text.split("^XA") if label]
    assert [re.search(r"\^PQ(\d+)", label)[1] for label in labels] == ["3", "1"]
    assert [read_zpl(label)[0][0][1] for label in labels] == [EAN, f"https://id.gs1.org/01/{GTIN}/10/A%2F7?17=270331"]


def test_a_page_to_print_keeps_to_the_policy_of_all_pages(as_alice, alice, pen):
    form = {"product": "Pen, blue", "copies": "4", "csrfmiddlewaretoken": "x"}
    assert Browser(alice).client.post("/shop/labels/", form).status_code == 403  # the token of a form is missing
    page = Browser(alice).send_task("/shop/labels/", {"product": "Pen, blue", "copies": "4"})
    assert (page.status_code, page.headers["Content-Security-Policy"]) == (200, PAGE_POLICY)
    assert page.text.count('<use href="#label-0"') == 4
    assert 'style="' not in page.text.partition("<main")[2]


@pytest.mark.quick
def test_a_page_to_print_has_each_label(alice, pen):
    make_product(alice, "Cup", sku="CUP-1")
    lines = [{"product": name, "copies": copies} for name, copies in (("Pen, blue", "2"), ("Cup", "1"))]
    page = Browser(alice).send_task("/shop/labels/", *lines).text
    assert re.findall(r'<use href="#label-(\d+)"/>', page) == ["0", "0", "1"]


def test_all_refused_lines_are_listed(as_alice, alice, pen):
    bare = make_product(alice, "Bare")
    lines = [{"sku": "PEN-1"}, {"sku": "nope"}, {"product": bare.pk}, {"sku": "PEN-1", "lot": "X"}, {"copies": 0}]
    answer = post(as_alice, *lines)
    body = answer.json()
    assert (answer.status_code, body["code"], body["detail"]) == (
        400, "invalid_lines", "Nothing was drawn. Refused lines: 4."
    )  # fmt: skip
    assert [(line["line"], line["code"]) for line in body["lines"]] == [
        (1, "product_not_found"), (2, "label_without_code"), (3, "lot_not_found"), (4, "invalid")
    ]  # fmt: skip


def test_an_archived_product_is_refused_as_such(as_alice, pen):
    as_alice.delete(f"/api/products/{pen.pk}/")
    [line] = post(as_alice, {"product": pen.pk}).json()["lines"]
    assert line["code"] == "product_archived"


def test_at_most_five_hundred_labels(as_alice, pen):
    assert post(as_alice, {"product": pen.pk, "copies": 250}, {"product": pen.pk, "copies": 250}).status_code == 200
    answer = post(as_alice, {"product": pen.pk, "copies": 250}, {"product": pen.pk, "copies": 251})
    assert answer.json() == {"lines": ["At most 500 labels at once; these are 501."]}
    assert post(as_alice, *[{"product": pen.pk}] * 501).status_code == 400


def test_the_number_of_statements_does_not_depend_on_the_lines(as_alice, alice, pen, lot):
    others = [make_product(alice, f"P{number}", sku=f"P{number}") for number in range(20)]
    counts = []
    for lines in (
        [{"sku": "PEN-1", "lot": "A/7"}],
        [*({"sku": one.sku} for one in others), {"sku": "PEN-1", "lot": "A/7"}],
    ):
        with CaptureQueriesContext(connection) as captured:
            assert post(as_alice, *lines).status_code == 200
        counts.append(len(captured))
    assert counts[0] == counts[1]


def test_sheets_count_as_long_requests():
    """500 QR codes occupy a thread for seconds."""
    assert LabelsView.is_long_running


def test_the_page_of_a_product_leads_to_the_form_of_labels(alice, pen):
    browser = Browser(alice)
    assert f'"/shop/labels/?product={pen.pk}&amp;back={pen.pk}"' in browser.get_page(f"/api/products/{pen.pk}/")
    assert '"/shop/labels/"' in browser.get_page("/api/products/")
    assert browser.task_values(f"/shop/labels/?product={pen.pk}")["product"][0] == "Pen, blue (PEN-1)"


def test_the_page_of_a_lot_leads_to_the_form_of_its_labels(alice, pen, lot):
    browser = Browser(alice)
    assert f'"/shop/labels/?product={pen.pk}&amp;lot=A%2F7"' in browser.get_page(f"/api/lots/{lot.pk}/")
    assert browser.task_values(f"/shop/labels/?product={pen.pk}&lot=A%2F7")["lot"][0] == "A/7"
