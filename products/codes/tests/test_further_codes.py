"""Further codes of products, such as those of cases: how they are written, and which are refused."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from products.codes import services as further_codes
from products.codes.services import replace_codes
from products.models import Code
from products.models.sql_codes import FIND_TAKEN_CODES
from records.events.models import Event, EventType
from testing.cast.people import make_product
from testing.laws.query_plans import walk
from testing.races import run_behind_lock
from testing.reading.browser import Browser
from testing.tables import all_cases

URL = "/api/products/"
CASE = {"code": "4006381333948", "quantity": 12}
PALLET = {"code": "PALLET-7", "quantity": 480}


def address(product):
    return f"{URL}{product.pk}/"


def set_codes(client, product, *codes):
    return client.patch(
        address(product), {"codes": [{"code": code} if isinstance(code, str) else code for code in codes]}
    )


def test_a_product_is_created_with_codes_and_shows_them_everywhere(as_alice):
    answer = as_alice.post(URL, {"name": "Tea", "price": "1.00", "codes": [PALLET, CASE]})
    assert answer.status_code == 201
    product = answer.json()
    assert product["codes"] == [CASE, PALLET]
    assert as_alice.get(f"{URL}{product['id']}/").json() == product
    for parameters in ({}, {"search": "tea"}):
        assert as_alice.get(URL, parameters).json()["results"] == [product]


def test_a_code_stands_for_one_unit_by_default(as_alice, kettle):
    assert set_codes(as_alice, kettle, "K-2").json()["codes"] == [{"code": "K-2", "quantity": 1}]


def test_a_patch_replaces_the_codes(as_alice, kettle):
    set_codes(as_alice, kettle, CASE, PALLET)
    assert set_codes(as_alice, kettle, PALLET, "K-2").json()["codes"] == [{"code": "K-2", "quantity": 1}, PALLET]
    assert set_codes(as_alice, kettle).json()["codes"] == []
    assert not Code.objects.exists()


def test_a_request_without_codes_leaves_them(as_alice, kettle):
    set_codes(as_alice, kettle, CASE)
    assert as_alice.patch(address(kettle), {"name": "Pot"}).json()["codes"] == [CASE]
    assert as_alice.put(address(kettle), {"name": "Pan", "price": "2.00"}).json()["codes"] == [CASE]


def test_changed_codes_are_an_event_and_the_same_codes_are_none(as_alice, kettle):
    changes = Event.objects.filter(type=EventType.PRODUCT_CHANGED)
    set_codes(as_alice, kettle, CASE, PALLET)
    assert changes.count() == 1
    set_codes(as_alice, kettle, PALLET, CASE)
    assert changes.count() == 1


@all_cases(
    ("codes", "errors"),
    [
        (["A", "a"], ['"a" is in the list twice.']),
        ([""], ["Code 1: This field may not be blank."]),
        (["A", {"quantity": 2}], ["Code 2: This field is required."]),
        ([{"code": "A", "quantity": 0}], ["Code 1: Ensure this value is greater than or equal to 1."]),
        (
            [{"code": "A", "quantity": 1.5}],
            ["Code 1: Quantities are whole numbers: of pieces, or of grams if the product is sold by the kilogram."],
        ),
        ([{"code": "x" * 65}], ["Code 1: Ensure this field has no more than 64 characters."]),
        ([f"code {number}" for number in range(21)], ["Ensure this field has no more than 20 elements."]),
        ([5], ["Code 1: Invalid data. Expected a dictionary, but got int."]),
    ],
)
def test_wrong_codes_are_refused(as_alice, kettle, codes, errors):
    sent = [{"code": code} if isinstance(code, str) else code for code in codes]
    answer = as_alice.patch(address(kettle), {"codes": sent})
    assert (answer.status_code, answer.json()) == (400, {"codes": errors})
    assert not Code.objects.exists()


@pytest.mark.quick
def test_codes_are_compared_as_the_database_does(as_alice, kettle):
    """A capital sigma equals a sigma, even at the end of a code, where Python's lower() makes it a final sigma."""
    refused = set_codes(as_alice, kettle, "ΟΔΟΣ", "οδοσ")
    assert (refused.status_code, refused.json()) == (400, {"codes": ['"οδοσ" is in the list twice.']})
    assert set_codes(as_alice, kettle, "ΟΔΟΣ", "οδος").status_code == 200


def test_a_list_that_is_none_is_refused(as_alice, kettle):
    assert as_alice.patch(address(kettle), {"codes": "A"}).json() == {
        "codes": ['Expected a list of items but got type "str".']
    }


@all_cases(("field", "place"), [("sku", "the SKU"), ("barcode", "the barcode"), ("codes", "one of the codes")])
def test_a_code_of_another_product_is_refused(as_alice, alice, kettle, field, place):
    other = make_product(alice, "Pot", **({field: "öl"} if field != "codes" else {}))
    if field == "codes":
        set_codes(as_alice, other, "öl")
    answer = set_codes(as_alice, kettle, "ÖL")
    assert (answer.status_code, answer.json()) == (400, {"codes": [f'"ÖL" is {place} of Pot already.']})
    assert as_alice.get(address(kettle)).json()["codes"] == []


def test_a_code_that_is_the_products_own_barcode_is_refused(as_alice, kettle):
    answer = as_alice.patch(address(kettle), {"barcode": "B1", "codes": [{"code": "b1"}]})
    assert answer.json() == {"codes": ['"b1" is the barcode of this product already.']}


@all_cases("field", ["sku", "barcode"])
def test_a_sku_or_barcode_that_is_a_further_code_is_refused(as_alice, alice, kettle, field):
    set_codes(as_alice, kettle, "öl")
    refused = {field: ['"ÖL" is one of the codes of Kettle already.']}
    assert as_alice.post(URL, {"name": "Pot", "price": "1.00", field: "ÖL"}).json() == refused
    pot = make_product(alice, "Pot")
    assert as_alice.patch(address(pot), {field: "ÖL", "name": "Pan"}).json() == refused
    assert as_alice.get(address(pot)).json()["name"] == "Pot"


def test_a_code_becomes_the_barcode_in_one_request(as_alice, kettle):
    set_codes(as_alice, kettle, "B1", "B2")
    answer = as_alice.patch(address(kettle), {"barcode": "B1", "codes": [{"code": "B2"}]})
    assert (answer.status_code, answer.json()["barcode"]) == (200, "B1")


def test_other_accounts_do_not_conflict(as_alice, as_charlie, charlie, kettle):
    set_codes(as_alice, kettle, CASE)
    assert set_codes(as_charlie, make_product(charlie, "Theirs"), CASE).status_code == 200


def test_the_codes_of_an_archived_product_are_free(as_alice, alice, kettle):
    set_codes(as_alice, kettle, CASE)
    as_alice.delete(address(kettle))
    assert set_codes(as_alice, make_product(alice, "Pot"), CASE).status_code == 200
    answer = as_alice.post(f"{address(kettle)}restore/")
    assert (answer.status_code, answer.json()["code"]) == (409, "code_taken")
    assert answer.json()["detail"].startswith("Another product has taken this product's code in the meantime.")


def test_a_product_is_restored_with_its_codes(as_alice, kettle):
    set_codes(as_alice, kettle, CASE)
    as_alice.delete(address(kettle))
    assert as_alice.post(f"{address(kettle)}restore/").json()["codes"] == [CASE]
    assert Code.objects.get().is_live


def test_a_worker_may_repeat_the_codes_and_not_change_them(as_alice, as_bob, kettle):
    set_codes(as_alice, kettle, CASE, PALLET)
    assert set_codes(as_bob, kettle, PALLET, CASE).status_code == 200
    answer = set_codes(as_bob, kettle, CASE)
    assert (answer.status_code, answer.json()["detail"]) == (403, "A worker may change the quantity alone, not codes.")


def test_a_refused_code_changes_nothing_else(as_alice, alice, kettle):
    make_product(alice, "Pot", sku="POT")
    answer = as_alice.patch(address(kettle), {"name": "Pan", "quantity": 3, "codes": [{"code": "pot"}]})
    assert answer.status_code == 400
    kettle.refresh_from_db()
    assert (kettle.name, kettle.quantity, kettle.code_count) == ("Kettle", 10, 0)


def test_nothing_is_written_if_the_new_codes_can_not_be(as_alice, kettle, monkeypatch):
    set_codes(as_alice, kettle, CASE)
    monkeypatch.setattr(further_codes, "save_fields", lambda *_: 1 / 0)
    as_alice.raise_request_exception = False
    assert set_codes(as_alice, kettle, PALLET).status_code == 500
    assert as_alice.get(address(kettle)).json()["codes"] == [CASE]


def test_a_list_of_products_with_codes_needs_no_further_statement(as_alice, alice, kettle):
    with CaptureQueriesContext(connection) as without:
        as_alice.get(URL)
    set_codes(as_alice, kettle, CASE)
    set_codes(as_alice, make_product(alice, "Pot"), PALLET)
    with CaptureQueriesContext(connection) as captured:
        as_alice.get(URL)
    assert len(captured) == len(without)


@pytest.mark.django_db(transaction=True)
def test_the_unique_index_keeps_two_requests_from_taking_a_code(as_alice, alice, kettle):
    """The second request looks for the code before the first one commits, so only the index can refuse it."""
    pot = make_product(alice, "Pot")
    answer = run_behind_lock(lambda: replace_codes(pot, [CASE]), lambda: set_codes(as_alice, kettle, CASE))
    assert (answer.status_code, answer.json()) == (400, {"codes": ["Another product has this code."]})


@pytest.mark.django_db(transaction=True)
def test_a_code_that_was_rolled_back_is_free(as_alice, alice, kettle):
    pot = make_product(alice, "Pot")
    answer = run_behind_lock(
        lambda: replace_codes(pot, [CASE]), lambda: set_codes(as_alice, kettle, CASE), roll_back=True
    )
    assert answer.status_code == 200


def test_a_form_of_the_pages_takes_a_code_in_each_line(as_alice, alice, kettle):
    browser = Browser(alice)
    assert browser.put(address(kettle), codes="PALLET-7 = 480\r\n\r\n  4006381333948=12 \nK-2").status_code < 400
    assert as_alice.get(address(kettle)).json()["codes"] == [CASE, {"code": "K-2", "quantity": 1}, PALLET]
    assert browser.form_values(address(kettle), "put")["codes"] == "4006381333948 = 12\nK-2 = 1\nPALLET-7 = 480"


def test_a_wrong_line_of_a_form_is_an_error_and_stays_in_it(alice, kettle):
    page = Browser(alice).put(address(kettle), codes="K-2 = 0").text
    assert "Code 1: Ensure this value is greater than or equal to 1." in page
    assert ">K-2 = 0</textarea>" in page


def test_a_product_with_codes_is_not_deleted_at_the_support_desk(support, kettle):
    replace_codes(kettle, [CASE])
    assert support.get(f"/admin/products/product/{kettle.pk}/delete/").status_code == 403


@pytest.mark.quick
def test_the_support_desk_refuses_a_sku_that_is_a_further_code(support, alice, kettle):
    replace_codes(kettle, [CASE])
    pot = make_product(alice, "Pot")
    form = {"name": "Pot", "sku": CASE["code"], "price": "1.00", "min_threshold": "5"}
    page = support.post(f"/admin/products/product/{pot.pk}/change/", form).content.decode()
    assert "is one of the codes of Kettle already." in page


def test_each_code_is_searched_once_even_if_the_table_has_no_statistics(alice):
    for number in range(30):
        make_product(alice, f"Pot {number}")
    values = {
        "owner": alice.pk,
        "codes": ["a", "1"],
        "fields": ["codes"] * 2,
        "gtins": [None, "00000000000000"],
        "products": [0, 0],
    }
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {FIND_TAKEN_CODES}", values)
        [plans] = cursor.fetchone()
    assert max(node["Actual Loops"] for node in walk(plans[0]["Plan"])) == 2
