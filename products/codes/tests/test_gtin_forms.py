"""A GTIN is one and the same code in all its forms: unique, and found by whatever people scan or type."""

import threading

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from products.codes.services import confirm_codes, replace_codes
from products.filing.tests.importing import find_bad_rows, upload
from products.look_ups import PRODUCTS, find_code
from products.models import Product
from products.search import find_products_by_code
from stock.goods import services as product_services
from testing.cast.gtins import EAN, GTIN, UPC, UPC_E, make_pair
from testing.cast.orders import make_supplier
from testing.cast.people import client_of, make_product
from testing.races import TIMEOUT_SECONDS, disable_account_locks, run_behind_lock, run_concurrently
from testing.reading.browser import Browser
from testing.tables import all_cases

URL, OPERATIONS = "/api/products/", "/api/stock/operations/"
CASE, OTHER = "10042100005261", "4006381333931"
NOT_GTINS = ("042100005265", "0042100005265")  # their check digit is wrong


@pytest.fixture
def can(alice):
    return make_product(alice, "Can", 10, sku="CAN", barcode=UPC)


def post(client, **fields):
    return client.post(URL, {"name": "Tin", "price": "1.00"} | fields)


def upsert(client, **fields):
    return client.post(f"{URL}upsert/", {"lines": [{"external_id": "T", "name": "Tin", "price": "1.00"} | fields]})


def change(client, product, **fields):
    return client.patch(f"{URL}{product.pk}/", fields)


# --- Unique ------------------------------------------------------------------------------------------------------


@all_cases("form", [EAN, GTIN, UPC])
def test_no_second_product_gets_the_gtin_in_another_form(as_alice, alice, can, form):
    tin = make_product(alice, "Tin", external_id="TIN")
    further = [{"code": form}]
    answers = [
        post(as_alice, barcode=form), post(as_alice, codes=further), upsert(as_alice, barcode=form),
        change(as_alice, tin, barcode=form), change(as_alice, tin, codes=further),
        as_alice.patch(URL, {"lines": [{"id": tin.pk, "barcode": form}]}),
        as_alice.post(f"{URL}{tin.pk}/codes/", {"code": form}),
        upload(as_alice, f"name,price,codes\nBox,1,{form}\n"),
        upload(as_alice, f"id,barcode\n{tin.pk},{form}\n"),
    ]  # fmt: skip
    assert [answer.status_code for answer in answers] == [400] * len(answers)
    assert sum(form in answer.text or "barcode" in answer.text for answer in answers) == len(answers)
    assert Product.objects.exclude(barcode="").get() == can


def test_the_error_names_the_product_that_has_the_gtin(as_alice, can):
    assert post(as_alice, barcode=EAN).json() == {"barcode": [f'"{EAN}" is the barcode of Can already.']}
    replace_codes(can, [{"code": CASE, "quantity": 12}])
    assert post(as_alice, barcode=f"{CASE}").json() == {"barcode": [f'"{CASE}" is one of the codes of Can already.']}


def test_a_code_of_ones_own_in_another_form_is_refused_as_well(as_alice, can):
    assert change(as_alice, can, codes=[{"code": EAN, "quantity": 6}]).json() == {
        "codes": [f'"{EAN}" is the barcode of this product already.']
    }
    codes_of_one = [{"code": "04006381333931"}, {"code": OTHER, "quantity": 6}]
    assert change(as_alice, can, codes=codes_of_one).status_code == 400


def test_an_archived_product_comes_back_only_without_the_gtin_of_another_one(as_alice, can):
    as_alice.delete(f"{URL}{can.pk}/")
    assert post(as_alice, barcode=EAN).status_code == 201
    answer = as_alice.post(f"{URL}{can.pk}/restore/")
    assert (answer.status_code, answer.json()["code"], answer.json()["field"]) == (409, "code_taken", "barcode")


def test_two_rows_of_a_file_have_one_gtin(as_alice):
    text = f"name,price,barcode\nCan,1,{UPC}\nTin,1,{EAN}\n"
    assert find_bad_rows(as_alice, text) == [(3, "barcode")]
    assert find_bad_rows(as_alice, f"name,price,codes\nCan,1,{UPC}\nTin,1,{EAN}\n") == [(3, "codes")]
    assert find_bad_rows(as_alice, f"name,price,barcode,codes\nCan,1,{UPC},\nTin,1,,{EAN}\n") == [(3, "codes")]


def test_numbers_with_a_wrong_check_digit_and_other_shops_differ(as_alice, as_charlie, can):
    assert [post(as_alice, name=code, barcode=code).status_code for code in NOT_GTINS] == [201, 201]
    assert upload(as_alice, "name,price,barcode\nA,1,142100005260\nB,1,0142100005260\n").status_code == 200
    assert post(as_charlie, barcode=EAN).status_code == 201


@pytest.mark.quick
def test_a_sku_is_no_other_form_of_a_further_code(as_alice, can):
    replace_codes(can, [{"code": OTHER, "quantity": 12}])
    form = f"0{OTHER}"
    assert [post(as_alice, **{field: form}).status_code for field in ("sku", "barcode")] == [201, 400]


def test_a_product_may_write_its_own_gtin_in_another_form(as_alice, can):
    assert change(as_alice, can, barcode=EAN).json()["barcode"] == EAN
    assert upload(as_alice, f"sku,barcode\nCAN,{GTIN}\n").json()["updated"] == 1


@pytest.mark.quick
def test_pairs_that_exist_already_stay_and_can_be_changed_otherwise(as_alice, alice):
    cup, mug = make_pair(alice)
    assert change(as_alice, cup, name="Big cup", barcode=UPC, codes=[{"code": OTHER}]).status_code == 200
    export = as_alice.get(f"{URL}export/").getvalue()
    assert upload(as_alice, export).json()["unchanged"] == 2
    assert change(as_alice, cup, barcode=GTIN).status_code == 400
    Product.objects.filter(pk=mug.pk).update(barcode=f"0{OTHER}")
    assert change(as_alice, cup, codes=[{"code": OTHER}, {"code": "CUP-6", "quantity": 6}]).status_code == 200


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("is_locked", "created"), [(True, 1), (False, 2)])
def test_one_of_two_concurrent_requests_gets_the_gtin(alice, monkeypatch, is_locked, created):
    """Without the lock, which is the negative control, both get it. Both have compared it before either confirms it."""
    if not is_locked:
        disable_account_locks(monkeypatch)
    both = threading.Barrier(2)

    def confirm_together(*args):
        both.wait(TIMEOUT_SECONDS)
        confirm_codes(*args)
        if not is_locked:
            both.wait(TIMEOUT_SECONDS)

    monkeypatch.setattr(product_services, "confirm_codes", confirm_together)
    requests = [
        lambda: post(client_of(alice), name="A", barcode=UPC).status_code,
        lambda: post(client_of(alice), name="B", codes=[{"code": EAN}]).status_code,
    ]
    answers = run_concurrently(*requests)
    assert sorted(answers) == [201, 400 if is_locked else 201]
    assert Product.objects.count() == created


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("column", "is_undone", "status"), [("barcode", False, 503), ("codes", False, 503), ("codes", True, 200)]
)
def test_an_import_confirms_its_gtins_after_other_requests_have_ended(alice, column, is_undone, status):
    """It has compared its rows before the request commits. A request that is undone takes nothing."""
    answer = run_behind_lock(
        lambda: make_product(alice, "Can", barcode=EAN),
        lambda: upload(client_of(alice), f"name,price,{column}\nTin,1,{UPC}\n"),
        roll_back=is_undone,
    )
    assert answer.status_code == status
    assert [*Product.objects.values_list("name", flat=True)] == ["Tin" if is_undone else "Can"]


@pytest.mark.quick
@pytest.mark.django_db(transaction=True)
def test_a_change_confirms_its_gtin_after_other_requests_have_ended(alice):
    cup = make_product(alice, "Cup")
    answer = run_behind_lock(
        lambda: make_product(alice, "Can", barcode=EAN),
        lambda: change(client_of(alice), cup, barcode=UPC),
    )
    assert (answer.status_code, [*answer.json()]) == (400, ["barcode"])


# --- Found -------------------------------------------------------------------------------------------------------

ISBN, EAN_8, MAGAZINE = "9783161484100", "96385074", "9771473968012"
READ = {
    UPC: [UPC, EAN, GTIN, UPC_E, "0-42100-00526-4", "0 042100 005264", f"{UPC}05", "\ufeff042100\u200b005264\u200e"],
    EAN_8: [EAN_8, "00000096385074", "9638 5074"],
    ISBN: [ISBN, "316148410X", "3-16-148410-x", "978-3-16-148410-0", f"{ISBN}51299"],
    "078000003864": ["07838604"],
    "009800000524": ["00985234"],
    MAGAZINE: [MAGAZINE, f"{MAGAZINE} 05", f"{MAGAZINE}05"],
}
ALL_FORMS = [(barcode, text) for barcode, texts in READ.items() for text in texts]


def test_every_form_is_read_in_look_ups(as_alice, alice):
    ids = {barcode: make_product(alice, barcode, barcode=barcode).pk for barcode in READ}
    for barcode, text in ALL_FORMS:
        found = {
            "scan": as_alice.get("/api/scan/", {"code": text}).json()["product"]["id"],
            "filter": as_alice.get(URL, {"barcode": text, "fields": "id"}).json()["results"][0]["id"],
            "form": PRODUCTS.find(alice, text),
            "page": find_code(alice, text),
        }
        assert found == dict.fromkeys(found, ids[barcode]), text


@all_cases("text", [EAN, UPC_E, "0-42100-00526-4", "0421000\u200b05264"])
def test_every_route_takes_the_barcode_in_every_form(as_alice, can, text):
    line, out = {"barcode": text, "quantity": 1}, {"barcode": text, "quantity": 1, "movement_type": "OUT"}
    supplier = make_supplier(can.owner)
    sheet = as_alice.post("/api/stock/sheets/", {"name": "All", "select": {}}).json()["id"]
    sent = {
        "/api/stock/": out, OPERATIONS: {"lines": [out, out]}, "/api/stock/reservations/": {"lines": [line]},
        "/api/stock/counts/": {"lines": [{"barcode": text, "counted": 1}]},
        "/api/labels/": {"lines": [{"barcode": text}]},
        "/api/purchase-orders/": {"supplier": supplier.pk, "lines": [{"barcode": text, "quantity": 1}]},
        f"/api/stock/sheets/{sheet}/entries/": {"entries": [line, {"code": text, "quantity": 1}]},
    }  # fmt: skip
    answers = {address: as_alice.post(address, body) for address, body in sent.items()}
    assert {address: answer.text for address, answer in answers.items() if answer.status_code > 201} == {}
    assert answers["/api/stock/"].json()["product"] == can.pk


def test_a_further_code_is_scanned_in_all_forms(as_alice, can):
    replace_codes(can, [{"code": "9783161484100", "quantity": 12}])
    assert [
        as_alice.get("/api/scan/", {"code": text}).json()["quantity"] for text in ("316148410X", "3-16-148410-X")
    ] == [12, 12]


def test_a_search_finds_the_forms_of_a_gtin(as_alice, alice, can):
    make_product(alice, "Zeros", sku="00000000")
    found = [
        [row["name"] for row in as_alice.get(URL, {"search": text}).json()["results"]] for text in (UPC, EAN, GTIN)
    ]
    assert found == [["Can"]] * 3
    assert as_alice.get(URL, {"search": "00000000"}).json()["count"] == 1


def test_a_search_ignores_invisible_characters_in_a_code(as_alice, can):
    assert as_alice.get(URL, {"search": f"{EAN}\u200b"}).json()["count"] == 1


def test_pages_take_a_barcode_without_the_signs_between_its_digits(alice, as_alice, can):
    browser, book = Browser(alice), "978-3-16-148410-0"
    browser.send_task("/shop/products/add/", name="Book", price="10", barcode=book)
    assert as_alice.get("/api/scan/", {"code": "9783161484100"}).json()["product"]["name"] == "Book"
    answer = browser.put(f"{URL}{Product.objects.get(name='Book').pk}/", barcode="0-42100-00526-4")
    assert "You have a product with this barcode already" in answer.text
    assert post(as_alice, barcode=book).status_code == 201


def test_an_exact_match_goes_first_and_other_readings_come_last(as_alice, alice):
    can, other = make_product(alice, "Can", 5, barcode=UPC), make_product(alice, "Own", 5, barcode=UPC_E)
    eight = make_product(alice, "Eight", 5, barcode="00000000")
    for text, product in ((UPC, can), (UPC_E, other), ("00000000", eight)):
        assert as_alice.get("/api/scan/", {"code": text}).json()["product"]["id"] == product.pk
        assert as_alice.get(URL, {"barcode": text}).json()["count"] == 1
        booked = as_alice.post("/api/stock/", {"barcode": text, "movement_type": "OUT", "quantity": 1})
        assert booked.json()["product"] == product.pk


def test_a_booking_by_barcode_takes_the_statements_of_one_by_id(as_alice, can):
    references = [{"product": can.pk}, *({"barcode": text} for text in (UPC, EAN, UPC_E))]
    numbers = []
    for reference in references:
        with CaptureQueriesContext(connection) as captured:
            as_alice.post("/api/stock/", {**reference, "movement_type": "IN", "quantity": 1})
        numbers.append(len(captured))
    assert len({*numbers}) == 1


def test_a_pair_is_booked_by_its_exact_codes_and_is_ambiguous_in_another_form(as_alice, alice):
    cup, mug = make_pair(alice)
    lines = [{"barcode": barcode, "movement_type": "OUT", "quantity": 1} for barcode in (UPC, EAN, GTIN)]
    assert [as_alice.post("/api/stock/", line).json().get("product") for line in lines[:2]] == [cup.pk, mug.pk]
    answers = [as_alice.get("/api/scan/", {"code": GTIN}), as_alice.post("/api/stock/", lines[2])]
    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(400, "code_ambiguous")] * 2
    assert [row["product"] for row in answers[1].json()["candidates"]] == [cup.pk, mug.pk]
    refused = as_alice.post(OPERATIONS, {"lines": lines}).json()["lines"]
    assert [(row["line"], row["code"]) for row in refused] == [(2, "code_ambiguous")]


# --- Invisible characters ----------------------------------------------------------------------------------------


@pytest.mark.quick
def test_invisible_characters_are_no_part_of_a_code(as_alice, alice):
    made = post(as_alice, sku="\ufeffA\u200b-1", barcode=f"{UPC}\u200b", codes=[{"code": f"\u2060{OTHER}\u200e"}])
    assert [made.json()[name] for name in ("sku", "barcode")] == ["A-1", UPC]
    assert made.json()["codes"] == [{"code": OTHER, "quantity": 1}]
    assert upload(as_alice, "sku,name,price,barcode\n\u200bA-2,B,1,96385074\u200b\n").status_code == 200
    assert {*Product.objects.values_list("sku", "barcode")} == {("A-1", UPC), ("A-2", "96385074")}
    assert as_alice.get(URL, {"sku": "A\u200b-1"}).json()["count"] == 1
    for line in ({"sku": "A-\u200b1"}, {"barcode": f"\u200b{EAN}"}):
        assert as_alice.post("/api/stock/", {**line, "movement_type": "IN", "quantity": 1}).status_code == 201


def test_a_code_of_invisible_characters_alone_is_refused(as_alice):
    assert post(as_alice, barcode="\u200b").json() == {"barcode": ["Enter at least one visible character."]}


@pytest.mark.needs("labels")
@pytest.mark.quick
def test_a_code_that_has_been_stored_with_an_invisible_character_is_still_found(as_alice, can):
    Product.objects.filter(pk=can.pk).update(sku="A\u200b1")
    assert as_alice.get("/api/scan/", {"code": "A\u200b1"}).json()["product"]["id"] == can.pk
    booked = as_alice.post("/api/stock/", {"sku": "A\u200b1", "movement_type": "IN", "quantity": 1})
    assert booked.status_code == 201


def test_the_support_desk_finds_the_product_in_all_forms(can):
    assert [[product.pk for product in find_products_by_code(text, 5)] for text in (UPC, EAN, GTIN)] == [[can.pk]] * 3


def test_a_row_is_another_product_than_one_with_more_zeros_if_the_check_digit_is_wrong(as_alice, alice):
    make_product(alice, "Own", barcode=NOT_GTINS[0])
    assert upload(as_alice, f"name,price,barcode\nOther,1,{NOT_GTINS[1]}\n").json()["created"] == 1
