"""Request bodies can refer to a product by its sku or barcode."""

import pytest
from django.db import connection

from core.texts.cleaning import fold_case
from stock.models import Movement
from testing.cast.people import make_product
from testing.tables import all_cases


@pytest.fixture
def mug(alice):
    return make_product(alice, "Mug", 10, sku="Mug-Ö1", barcode="4006381333931x")


def sell(client, **reference):
    return client.post("/api/stock/", {"movement_type": "OUT", "quantity": 1, **reference})


def sell_line(client, **reference):
    return client.post("/api/stock/operations/", {"lines": [{"movement_type": "OUT", "quantity": 1, **reference}]})


def count(client, **reference):
    return client.post("/api/stock/counts/", {"lines": [{"counted": 9, **reference}]})


ALL_REQUESTS = all_cases("send", [sell, sell_line, count])
REFERENCES = [{"sku": "mug-ö1"}, {"sku": " MUG-Ö1 "}, {"sku": "mug-o\u03081"}, {"barcode": "4006381333931X"}]


def get_product_id(response):
    body = response.json()
    return (body.get("movements") or body.get("lines") or [body])[0]["product"]


@pytest.mark.quick
@ALL_REQUESTS
@all_cases("reference", REFERENCES)
def test_finds_the_product_by_its_code_ignoring_case(as_bob, mug, send, reference):
    response = send(as_bob, **reference)
    assert response.status_code == 201, response.content
    assert get_product_id(response) == mug.pk
    mug.refresh_from_db()
    assert mug.quantity == 9


@ALL_REQUESTS
@all_cases(
    ("sku", "sent_sku"),
    [("ΟΔΟΣ", "οδοσ"), ("ΟΔΟΣ", "οδος"[:3] + "Σ"), ("ǅ1", "ǆ1"), ("Straße", "STRAßE"), ("İ1", "i1")],
)
def test_ignores_case_in_every_script_as_the_database_does(as_alice, alice, send, sku, sent_sku):
    product = make_product(alice, "Street", 10, sku=sku)
    assert get_product_id(send(as_alice, sku=sent_sku)) == product.pk


def test_fold_case_equals_the_database_s_lower_for_every_letter(db):
    letters = [chr(code) for code in [*range(0x0600), *range(0x1E00, 0x2000)] if chr(code).isalpha()]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT lower(a) FROM unnest(%s::text[]) WITH ORDINALITY AS all_of_them (a, n) ORDER BY n", [letters]
        )
        lowered = [row[0] for row in cursor]
    assert [letter for letter, lower in zip(letters, lowered, strict=True) if fold_case(letter) != lower] == []


@pytest.mark.quick
def test_finds_a_product_by_every_spelling_that_the_unique_constraint_refuses(as_alice, alice):
    make_product(alice, "Street", 10, sku="ΟΔΟΣ")
    taken = as_alice.post("/api/products/", {"name": "Other", "price": "1.00", "sku": "οδοσ"})
    assert (taken.status_code, list(taken.json())) == (400, ["sku"])
    assert sell(as_alice, sku="οδοσ").status_code == 201


@all_cases("send", [sell_line, count])
@all_cases("reference", [{"sku": "nope"}, {"barcode": "nope"}, {"product": 999_999}])
def test_names_the_field_of_a_reference_that_finds_nothing(as_alice, mug, send, reference):
    (error,) = send(as_alice, **reference).json()["lines"]
    assert (error["code"], error["field"]) == ("product_not_found", next(iter(reference)))
    assert sell(as_alice, **reference).json()[next(iter(reference))] == ["This product does not exist."]


@ALL_REQUESTS
@all_cases("second", [{"sku": "Mug-Ö1"}, {"barcode": "4006381333931x"}, {"sku": "nope"}])
def test_refuses_two_references_to_the_product(as_alice, mug, send, second):
    response = send(as_alice, product=mug.pk, **second)
    errors = response.json()["lines"][0]["errors"] if "lines" in response.json() else response.json()
    assert (response.status_code, list(errors)) == (400, list(second))
    assert Movement.objects.count() == 1


@ALL_REQUESTS
@all_cases("reference", [{"sku": 5}, {"sku": "x" * 65}, {"barcode": "a\tb"}, {}])
def test_refuses_a_malformed_or_missing_reference(as_alice, alice, mug, send, reference):
    make_product(alice, "Without codes", 10)
    response = send(as_alice, **reference)
    errors = response.json()["lines"][0]["errors"] if "lines" in response.json() else response.json()
    assert (response.status_code, list(errors)) == (400, list(reference) or ["product"])


@ALL_REQUESTS
def test_a_code_finds_the_product_that_has_it_at_present(as_alice, alice, mug, send):
    as_alice.delete(f"/api/products/{mug.pk}/")
    assert send(as_alice, sku="Mug-Ö1").status_code == 400
    new_mug = make_product(alice, "New mug", 10, sku="MUG-Ö1")
    assert get_product_id(send(as_alice, sku="Mug-Ö1")) == new_mug.pk


@ALL_REQUESTS
def test_another_account_s_code_finds_nothing(as_charlie, charlie, mug, send):
    assert send(as_charlie, sku="Mug-Ö1").status_code == 400
    own = make_product(charlie, "Own mug", 10, sku="mug-ö1")
    assert get_product_id(send(as_charlie, sku="Mug-Ö1")) == own.pk


def test_a_sku_does_not_match_a_barcode(as_alice, alice, mug):
    other = make_product(alice, "Other", 10, barcode="Mug-Ö1")
    assert sell(as_alice, barcode="mug-ö1").json()["product"] == other.pk
    assert sell(as_alice, sku="mug-ö1").json()["product"] == mug.pk


def test_lines_with_different_references_to_one_product_add_up(as_alice, mug):
    references = [{"sku": "MUG-ö1"}, {"product": mug.pk}, {"barcode": "4006381333931X"}]
    lines = [{"movement_type": "OUT", "quantity": 4, **reference} for reference in references]
    (error,) = as_alice.post("/api/stock/operations/", {"lines": lines}).json()["lines"]
    assert (error["line"], error["available"]) == (2, 2)


def test_ignores_the_empty_fields_of_a_form(as_alice, mug):
    form = {
        "sku": "",
        "barcode": "",
        "movement_type": "OUT",
        "quantity": 1,
        "reason": "",
        "occurred_at": "",
        "note": "",
    }
    assert as_alice.post("/api/stock/", {**form, "product": mug.pk}, format="multipart").json()["product"] == mug.pk
    found_by_sku = as_alice.post("/api/stock/", {**form, "product": "", "sku": "mug-ö1"}, format="multipart")
    assert found_by_sku.json()["product"] == mug.pk
    nothing = as_alice.post("/api/stock/", {**form, "product": ""}, format="multipart")
    assert nothing.json() == {"product": ["This field is required."]}


@ALL_REQUESTS
@all_cases("blank", ["", " ", "\t", None])
def test_ignores_a_blank_code(as_alice, alice, mug, send, blank):
    plain = make_product(alice, "Without codes", 10)
    assert get_product_id(send(as_alice, product=plain.pk, sku=blank, barcode=blank)) == plain.pk
    response = send(as_alice, sku=blank)
    errors = response.json()["lines"][0]["errors"] if "lines" in response.json() else response.json()
    assert (response.status_code, errors) == (400, {"product": ["This field is required."]})


@all_cases("blank", ["", " ", None])
def test_a_blank_code_does_not_match_a_product_without_codes(as_alice, alice, blank):
    plain = make_product(alice, "Without codes", 10)
    references = [{"product": plain.pk}, {"sku": blank}, {"barcode": blank}]
    lines = [{"movement_type": "OUT", "quantity": 4, **reference} for reference in references]
    refused = as_alice.post("/api/stock/operations/", {"lines": lines}).json()["lines"]
    assert [(error["line"], error["code"]) for error in refused] == [(1, "invalid"), (2, "invalid")]
