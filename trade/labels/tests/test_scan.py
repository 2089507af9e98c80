"""Scanned texts: the product that a code names, the number of units it stands for, and its GS1 data."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from products.codes.services import replace_codes
from products.models import Code
from stock.models import Lot
from testing.cast import gtins
from testing.cast.gtins import make_pair
from testing.cast.people import client_of, make_product, make_user
from testing.cast.places import put_away
from testing.cast.sheets import OpenSheet
from testing.laws.schemas import find_mistakes
from testing.reading.browser import Browser
from testing.tables import all_cases
from users.access.roles import Role

URL = "/api/scan/"
EAN, GTIN, CASE = "4006381333931", "04006381333931", "14006381333938"
FNC1 = "\x1d"
NOTHING = {"gtin": None, "lot": None, "expires_on": None, "serial": None}
UNKNOWN = {"detail": "No product has this code.", "code": "code_unknown"}


@pytest.fixture
def pen(alice):
    return make_product(alice, "Pen", 5, sku="PEN-1", barcode=EAN)


@pytest.fixture
def lot(alice, pen):
    return Lot.objects.create(owner=alice, product=pen, code="a1")


def scan(client, code):
    response = client.get(URL, {"code": code})
    assert response.status_code == 200, response.json()
    return response.json()


def refuse(client, code):
    response = client.get(URL, {"code": code})
    return response.status_code, response.json()


@all_cases(("code", "matched"), [(EAN, "barcode"), ("pen-1", "sku"), (" PEN-1 ", "sku")])
def test_finds_a_product_by_a_whole_code(as_alice, pen, code, matched):
    found = scan(as_alice, code)
    assert (found["product"], found["matched"]) == (as_alice.get(f"/api/products/{pen.pk}/").json(), matched)
    assert (found["quantity"], found["lot"]) == (1, None)
    assert found["gs1"] == ({**NOTHING, "gtin": GTIN} if code == EAN else None)


def test_the_code_of_a_case_says_how_many_units_it_stands_for(as_alice, pen):
    replace_codes(pen, [{"code": CASE, "quantity": 12}, {"code": "Pallet 7", "quantity": 480}])
    assert (scan(as_alice, "pallet 7")["matched"], scan(as_alice, "PALLET 7")["quantity"]) == ("code", 480)
    for code in (CASE, f"(01){CASE}", f"]C101{CASE}", f"https://example.org/01/{CASE}"):
        found = scan(as_alice, code)
        assert (found["product"]["id"], found["matched"], found["quantity"]) == (pen.pk, "code", 12)


@all_cases(
    "code", [f"01{GTIN}", f"]d201{GTIN}", f"(01){GTIN}", f"{FNC1}01{GTIN}", GTIN, f"https://id.gs1.org/01/{EAN}"]
)
def test_finds_a_product_by_its_gtin_in_any_form(as_alice, pen, code):
    found = scan(as_alice, code)
    assert (found["product"]["id"], found["matched"], found["quantity"]) == (pen.pk, "gtin", 1)
    assert found["gs1"] == {**NOTHING, "gtin": GTIN}


def test_a_barcode_of_twelve_digits_is_found_with_a_leading_zero(as_alice, alice):
    cup = make_product(alice, "Cup", barcode="012345678905")
    assert scan(as_alice, "0012345678905")["product"]["id"] == cup.pk


def test_finds_the_lot_of_the_product(as_alice, pen, lot):
    found = scan(as_alice, f"01{GTIN}10A1{FNC1}17270331")
    assert (found["matched"], found["lot"]["id"], found["lot"]["code"]) == ("lot", lot.pk, "a1")
    assert found["gs1"] == {**NOTHING, "gtin": GTIN, "lot": "A1", "expires_on": "2027-03-31"}


def sell(client, lot, quantity, **fields):
    line = {"product": lot.product_id, "movement_type": "OUT", "quantity": quantity, "lot": lot.code}
    return client.post("/api/stock/operations/", {"reason": "sale", "lines": [line], **fields}).json()


def test_a_lot_of_which_nothing_is_left_tells_what_took_the_last_of_it(as_alice, as_bob, bob, pen, lot):
    put_away(pen, 5, lot=lot)
    sell(as_alice, lot, 3)
    assert scan(as_alice, f"(01){GTIN}(10)A1")["last_out"] is None
    sale = sell(as_bob, lot, 2, reference="till 7")
    assert scan(as_alice, f"(01){GTIN}(10)A1")["last_out"] == {
        "movement": sale["movements"][0]["id"], "operation": sale["id"], "occurred_at": sale["occurred_at"],
        "timestamp": sale["timestamp"], "reason": "sale", "reference": "till 7", "performed_by": bob.pk,
        "performed_by_username": "bob", "reservation": None, "customer": None, "customer_name": None,
    }  # fmt: skip


def test_a_lot_that_was_never_in_stock_has_no_last_out(as_alice, pen, lot):
    assert scan(as_alice, f"(01){GTIN}(10)A1")["last_out"] is None
    assert scan(as_alice, EAN)["last_out"] is None


def test_the_last_out_is_read_by_one_statement(as_alice, pen, lot):
    put_away(pen, 5, lot=lot)
    with CaptureQueriesContext(connection) as captured:
        scan(as_alice, f"01{GTIN}10A1")
    sell(as_alice, lot, 5)
    with CaptureQueriesContext(connection) as gone:
        scan(as_alice, f"01{GTIN}10A1")
    assert len(gone) == len(captured) + 1


def test_the_page_of_a_lot_that_is_gone_names_and_links_what_took_it(as_alice, alice, pen, lot):
    put_away(pen, 5, lot=lot)
    sale = sell(as_alice, lot, 5)
    page = Browser(alice).get_page(f"{URL}?code=01{GTIN}10A1")
    assert f'href="/api/stock/operations/{sale["id"]}/"' in page
    assert f'href="/api/lots/{lot.pk}/trace/"' in page


def test_a_lot_that_the_shop_does_not_have_is_in_gs1_alone(as_alice, pen, lot):
    found = scan(as_alice, f"01{GTIN}10A2{FNC1}21S-7")
    assert (found["matched"], found["lot"]) == ("gtin", None)
    assert found["gs1"] == {**NOTHING, "gtin": GTIN, "lot": "A2", "serial": "S-7"}


def test_the_lot_of_another_product_is_not_found(as_alice, alice, pen):
    Lot.objects.create(owner=alice, product=make_product(alice, "Cup"), code="A1")
    assert scan(as_alice, f"(01){GTIN}(10)A1")["lot"] is None


def test_a_pallet_counts_what_is_in_it(as_alice, pen):
    assert scan(as_alice, f"02{GTIN}3724")["quantity"] == 24
    replace_codes(pen, [{"code": CASE, "quantity": 12}])
    assert scan(as_alice, f"(02){CASE}(37)24")["quantity"] == 288


def test_a_symbology_prefix_of_a_code_that_is_not_gs1_is_ignored(as_alice, pen):
    assert scan(as_alice, "]C0PEN-1")["matched"] == "sku"
    assert scan(as_alice, f"]E0{EAN}")["matched"] == "barcode"


def test_a_code_of_ones_own_comes_before_gs1(as_alice, alice, pen):
    bracketed = make_product(alice, "Bracketed", sku=f"(01){GTIN}")
    assert scan(as_alice, f"(01){GTIN}")["product"]["id"] == bracketed.pk


def test_a_sku_or_barcode_comes_before_a_further_code(as_alice, alice, pen):
    """Nothing prevents two requests from writing both at the same time."""
    Code.objects.create(owner=alice, product=make_product(alice, "Cup"), code="PEN-1", quantity=12)
    assert scan(as_alice, "PEN-1")["product"]["id"] == pen.pk


def test_an_unknown_code_says_what_it_is_by_gs1(as_alice, pen):
    assert refuse(as_alice, "PEN-2") == (404, {**UNKNOWN, "gs1": None})
    code = f"01{CASE}10B7{FNC1}15280200"
    gs1 = {"gtin": CASE, "lot": "B7", "expires_on": "2028-02-29", "serial": None}
    assert refuse(as_alice, code) == (404, {**UNKNOWN, "gs1": gs1})


def test_a_code_with_a_wrong_check_digit_is_a_code_of_ones_own(as_alice, alice, pen):
    assert refuse(as_alice, "4006381333932") == (404, {**UNKNOWN, "gs1": None})
    own = make_product(alice, "Own", barcode="4006381333932")
    found = scan(as_alice, "4006381333932")
    assert (found["product"]["id"], found["gs1"]) == (own.pk, None)
    assert refuse(as_alice, "(01)04006381333932")[0] == 404


def test_a_text_with_gs1_data_only_at_its_beginning_is_not_gs1(as_alice, pen, lot):
    for code in (f"01{GTIN}10{'A' * 21}", f"01{GTIN}XX", f"(01){GTIN}(10)A1)", f"(01){GTIN}(17)271301"):
        assert refuse(as_alice, code) == (404, {**UNKNOWN, "gs1": None})


def test_a_code_of_two_products_lists_both(as_alice, alice, pen):
    cup = make_product(alice, "Cup", sku=EAN)
    status, body = refuse(as_alice, EAN)
    assert (status, body["code"], body["gs1"]) == (400, "code_ambiguous", {**NOTHING, "gtin": GTIN})
    assert body["candidates"] == [
        {"product": pen.pk, "name": "Pen", "sku": "PEN-1", "barcode": EAN, "matched": "barcode", "quantity": 1},
        {"product": cup.pk, "name": "Cup", "sku": EAN, "barcode": "", "matched": "sku", "quantity": 1},
    ]


@pytest.mark.quick
def test_a_counter_gets_the_one_of_two_products_that_is_on_an_open_sheet(as_alice, alice, pen):
    make_product(alice, "Cup", sku=EAN)
    OpenSheet(as_alice, pen)
    as_cora = client_of(make_user("cora", role=Role.COUNTER, employer=alice))
    assert scan(as_cora, EAN)["product"]["id"] == pen.pk


def test_a_code_that_is_sku_and_barcode_of_one_product_is_not_ambiguous(as_alice, alice):
    make_product(alice, "Cup", sku="C1", barcode="c1")
    assert scan(as_alice, "C1")["matched"] == "barcode"


@pytest.mark.quick
def test_two_forms_of_one_gtin_are_ambiguous(as_alice, alice):
    cup, mug = make_pair(alice)
    assert refuse(as_alice, gtins.GTIN)[1]["code"] == "code_ambiguous"
    assert [scan(as_alice, code)["product"]["id"] for code in (gtins.UPC, gtins.EAN)] == [cup.pk, mug.pk]


@all_cases(
    ("code", "message"),
    [
        ("", "Enter or scan a code."),
        ("a\x1eb", "Control characters are not allowed."),
        ("a\0b", "Control characters are not allowed."),
        ("x" * 256, "Ensure this field has no more than 255 characters."),
    ],
)
def test_refuses_what_is_no_code(as_alice, code, message):
    assert refuse(as_alice, code) == (400, {"code": [message]})


def test_refuses_what_is_not_utf8(as_alice):
    response = as_alice.get(f"{URL}?code=%FF")
    assert (response.status_code, response.json()) == (400, {"code": ["This is not UTF-8."]})


def test_fnc1_alone_is_an_unknown_code(as_alice, pen):
    assert refuse(as_alice, FNC1) == (404, {**UNKNOWN, "gs1": None})


@all_cases("code", [EAN, f"]C101{GTIN}10A1", "PEN-2", gtins.GTIN])
def test_answers_match_the_schema(schema, as_alice, alice, pen, lot, code):
    put_away(pen, 5, lot=lot)
    sell(as_alice, lot, 5)
    make_pair(alice)
    assert find_mistakes(schema, as_alice.get(URL, {"code": code}), URL, "get") == []


def test_other_parameters_refuse_fnc1(as_alice, pen):
    assert as_alice.get("/api/products/", {"search": f"p{FNC1}en"}).status_code == 400


def test_archived_products_and_other_shops_are_not_found(as_alice, as_charlie, pen):
    replace_codes(pen, [{"code": CASE, "quantity": 12}])
    assert refuse(as_charlie, EAN)[0] == refuse(as_charlie, CASE)[0] == 404
    as_alice.delete(f"/api/products/{pen.pk}/")
    assert refuse(as_alice, EAN)[0] == refuse(as_alice, CASE)[0] == refuse(as_alice, GTIN)[0] == 404


def test_the_code_is_found_by_one_statement(as_alice, pen, lot):
    as_alice.get(URL, {"code": EAN})
    with CaptureQueriesContext(connection) as captured:
        scan(as_alice, EAN)
    looked_up = [query["sql"] for query in captured if "products_code" in query["sql"]]
    assert len(looked_up) == 2  # the second statement reads the product
    put_away(pen, 5, lot=lot)
    with CaptureQueriesContext(connection) as with_lot:
        scan(as_alice, f"01{GTIN}10A1")
    assert len(with_lot) == len(captured) + 1


@pytest.mark.quick
def test_the_page_leads_to_a_booking_of_what_the_code_stands_for(alice, pen):
    replace_codes(pen, [{"code": CASE, "quantity": 12}])
    page = Browser(alice).get_page(f"{URL}?code={CASE}")
    assert f"/shop/sell/?product={pen.pk}&amp;back={pen.pk}&amp;quantity=12" in page


def test_the_page_without_a_code_is_an_open_form_without_an_error(alice):
    answer = Browser(alice).client.get("/api/scan/")
    main = answer.text.partition("<main")[2]
    assert (answer.status_code, 'class="refusal"' in main, 'class="error"' in main) == (200, False, False)
    assert re.search(r'<details class="panel" id="filters" open>', main)


def test_the_page_of_an_empty_code_says_what_to_do(alice):
    answer = Browser(alice).client.get("/api/scan/?code=")
    assert (answer.status_code, "Enter or scan a code." in answer.text) == (400, True)
    assert '<details class="panel" id="filters" open>' in answer.text


def test_the_page_of_an_unknown_code_says_so_once(alice):
    page = Browser(alice).get_page(f"{URL}?code=unknown")
    assert "No product has this code." in page.partition('class="developers"')[0]
    assert '<p class="error">' not in page


def test_a_program_without_a_code_is_refused(as_alice):
    answer = as_alice.get("/api/scan/")
    assert (answer.status_code, answer.json()) == (400, {"code": ["Enter or scan a code."]})


def test_the_page_of_an_unknown_code_says_so_and_takes_another(alice):
    response = Browser(alice).client.get(URL, {"code": "PEN-2"})
    assert response.status_code == 404
    assert "No product has this code." in response.text
