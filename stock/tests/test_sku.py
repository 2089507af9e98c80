"""A product by its sku or barcode, wherever one is named in a body."""

import pytest
from django.db import connection

from stock.locking import fold_case
from stock.models import Movement
from testing.cast import make_product


@pytest.fixture
def mug(alice):
    return make_product(alice, "Mug", 10, sku="Mug-Ö1", barcode="4006381333931x")


def sell(client, **named):
    return client.post("/api/stock/", {"movement_type": "OUT", "quantity": 1, **named})


def sell_line(client, **named):
    return client.post("/api/stock/operations/", {"lines": [{"movement_type": "OUT", "quantity": 1, **named}]})


def count(client, **named):
    return client.post("/api/stock/counts/", {"lines": [{"counted": 9, **named}]})


EVERYWHERE = pytest.mark.parametrize("act", [sell, sell_line, count])
NAMES = [{"sku": "mug-ö1"}, {"sku": " MUG-Ö1 "}, {"sku": "mug-o\u03081"}, {"barcode": "4006381333931X"}]


def product_of(answer):
    body = answer.json()
    return (body.get("movements") or body.get("lines") or [body])[0]["product"]


@EVERYWHERE
@pytest.mark.parametrize("named", NAMES)
def test_a_code_stands_for_the_product_ignoring_case(as_bob, mug, act, named):
    answer = act(as_bob, **named)
    assert answer.status_code == 201, answer.content
    assert product_of(answer) == mug.pk
    mug.refresh_from_db()
    assert mug.quantity == 9


@EVERYWHERE
@pytest.mark.parametrize(
    ("sku", "asked"), [("ΟΔΟΣ", "οδοσ"), ("ΟΔΟΣ", "οδος"[:3] + "Σ"), ("ǅ1", "ǆ1"), ("Straße", "STRAßE"), ("İ1", "i1")]
)
def test_letters_of_every_script_ignore_case_as_the_database_does(as_alice, alice, act, sku, asked):
    product = make_product(alice, "Street", 10, sku=sku)
    assert product_of(act(as_alice, sku=asked)) == product.pk


def test_every_letter_is_folded_as_the_database_does_it(db):
    letters = [chr(code) for code in [*range(0x0600), *range(0x1E00, 0x2000)] if chr(code).isalpha()]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT lower(a) FROM unnest(%s::text[]) WITH ORDINALITY AS all_of_them (a, n) ORDER BY n", [letters]
        )
        lowered = [row[0] for row in cursor]
    assert [letter for letter, lower in zip(letters, lowered, strict=True) if fold_case(letter) != lower] == []


def test_what_the_unique_rule_takes_for_one_code_is_found_by_it(as_alice, alice):
    make_product(alice, "Street", 10, sku="ΟΔΟΣ")
    taken = as_alice.post("/api/products/", {"name": "Other", "price": "1.00", "sku": "οδοσ"})
    assert (taken.status_code, list(taken.json())) == (400, ["sku"])
    assert sell(as_alice, sku="οδοσ").status_code == 201


@pytest.mark.parametrize("act", [sell_line, count])
@pytest.mark.parametrize("named", [{"sku": "nope"}, {"barcode": "nope"}, {"product": 999_999}])
def test_a_line_names_the_field_that_found_nothing(as_alice, mug, act, named):
    (bad,) = act(as_alice, **named).json()["lines"]
    assert (bad["code"], bad["field"]) == ("product_not_found", next(iter(named)))
    assert sell(as_alice, **named).json() == {next(iter(named)): ["This product does not exist."]}


@EVERYWHERE
@pytest.mark.parametrize("second", [{"sku": "Mug-Ö1"}, {"barcode": "4006381333931x"}, {"sku": "nope"}])
def test_naming_the_product_twice_is_refused(as_alice, mug, act, second):
    answer = act(as_alice, product=mug.pk, **second)
    errors = answer.json()["lines"][0]["errors"] if "lines" in answer.json() else answer.json()
    assert (answer.status_code, list(errors)) == (400, list(second))
    assert Movement.objects.count() == 1


@EVERYWHERE
@pytest.mark.parametrize("named", [{"sku": 5}, {"sku": "x" * 65}, {"barcode": "a\tb"}, {}])
def test_a_malformed_name_is_refused(as_alice, alice, mug, act, named):
    make_product(alice, "Without codes", 10)
    answer = act(as_alice, **named)
    errors = answer.json()["lines"][0]["errors"] if "lines" in answer.json() else answer.json()
    assert (answer.status_code, list(errors)) == (400, list(named) or ["product"])


@EVERYWHERE
def test_a_code_finds_the_product_that_has_it_now(as_alice, alice, mug, act):
    as_alice.delete(f"/api/products/{mug.pk}/")
    assert act(as_alice, sku="Mug-Ö1").status_code == 400
    heir = make_product(alice, "New mug", 10, sku="MUG-Ö1")
    assert product_of(act(as_alice, sku="Mug-Ö1")) == heir.pk


@EVERYWHERE
def test_a_stranger_s_code_finds_nothing(as_charlie, charlie, mug, act):
    assert act(as_charlie, sku="Mug-Ö1").status_code == 400
    own = make_product(charlie, "Own mug", 10, sku="mug-ö1")
    assert product_of(act(as_charlie, sku="Mug-Ö1")) == own.pk


def test_a_sku_is_no_barcode(as_alice, alice, mug):
    other = make_product(alice, "Other", 10, barcode="Mug-Ö1")
    assert sell(as_alice, barcode="mug-ö1").json()["product"] == other.pk
    assert sell(as_alice, sku="mug-ö1").json()["product"] == mug.pk


def test_lines_that_name_one_product_differently_are_judged_together(as_alice, mug):
    named = [{"sku": "MUG-ö1"}, {"product": mug.pk}, {"barcode": "4006381333931X"}]
    lines = [{"movement_type": "OUT", "quantity": 4, **name} for name in named]
    (bad,) = as_alice.post("/api/stock/operations/", {"lines": lines}).json()["lines"]
    assert (bad["line"], bad["available"]) == (2, 2)


def test_the_empty_fields_of_a_form_are_not_names(as_alice, mug):
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
    named = as_alice.post("/api/stock/", {**form, "product": "", "sku": "mug-ö1"}, format="multipart")
    assert named.json()["product"] == mug.pk
    nothing = as_alice.post("/api/stock/", {**form, "product": ""}, format="multipart")
    assert nothing.json() == {"product": ["This field is required."]}


@EVERYWHERE
@pytest.mark.parametrize("blank", ["", " ", "\t", None])
def test_a_blank_code_names_nothing(as_alice, alice, mug, act, blank):
    plain = make_product(alice, "Without codes", 10)
    assert product_of(act(as_alice, product=plain.pk, sku=blank, barcode=blank)) == plain.pk
    answer = act(as_alice, sku=blank)
    errors = answer.json()["lines"][0]["errors"] if "lines" in answer.json() else answer.json()
    assert (answer.status_code, errors) == (400, {"product": ["This field is required."]})


@pytest.mark.parametrize("blank", ["", " ", None])
def test_a_line_with_a_blank_code_is_not_about_a_product_without_codes(as_alice, alice, blank):
    plain = make_product(alice, "Without codes", 10)
    named = [{"product": plain.pk}, {"sku": blank}, {"barcode": blank}]
    lines = [{"movement_type": "OUT", "quantity": 4, **name} for name in named]
    refused = as_alice.post("/api/stock/operations/", {"lines": lines}).json()["lines"]
    assert [(bad["line"], bad["code"]) for bad in refused] == [(1, "invalid"), (2, "invalid")]
