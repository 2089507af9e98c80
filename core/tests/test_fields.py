"""Serializer fields that every app uses, and what they refuse."""

import pytest
from rest_framework.exceptions import ValidationError

from core.fields import (
    MAX_QUOTED_LENGTH,
    ChoiceField,
    LongTextField,
    QuantityField,
    TextField,
    WholeNumberField,
)
from suppliers.models import Supplier
from testing.cast import make_product


@pytest.mark.parametrize(
    ("given", "taken"),
    [(" Kettle ", "Kettle"), ("Cafe\u0301", "Caf\u00e9"), ("a\u00a0b", "a\u00a0b"), ("😀", "😀"), ("7", "7")],
)
def test_text_is_trimmed_and_nfc(given, taken):
    assert TextField().run_validation(given) == taken


@pytest.mark.parametrize("junk", ["a\0b", "a\tb", "a\nb", "a\x1fb", "a\x7fb", "a\x85b", "\ud800", 7, 1.5, True, [], {}])
def test_text_without_control_characters_is_all_that_text_is(junk):
    with pytest.raises(ValidationError):
        TextField().run_validation(junk)


def test_long_text_may_have_tabs_and_line_ends():
    assert LongTextField().run_validation("a\tb\r\nc") == "a\tb\r\nc"
    for junk in ["a\0b", "a\x0bb", "a\x0cb", "a\x1bb", "a\x7fb", "a\x9fb"]:
        with pytest.raises(ValidationError):
            LongTextField().run_validation(junk)


def test_null_means_none_where_text_may_be_empty():
    assert TextField(allow_blank=True).run_validation(None) == ""
    with pytest.raises(ValidationError):
        TextField().run_validation(None)


@pytest.mark.parametrize(
    ("given", "taken"), [(7, 7), ("7", 7), (7.0, 7), ("7.00", 7), (0, 0), ("007", 7), (-1, -1), (1e5, 100_000)]
)
def test_a_whole_number_is_taken_however_it_is_written(given, taken):
    assert WholeNumberField().run_validation(given) == taken


@pytest.mark.parametrize(
    "junk", [True, False, 1.5, "1e5", "1_0", "\uff11", "+1", "", " 7", "7\n", "x", None, [], [7], {}, "9" * 5000]
)
def test_anything_else_is_no_whole_number(junk):
    with pytest.raises(ValidationError):
        WholeNumberField().run_validation(junk)


def test_a_quantity_is_between_nothing_and_a_billion():
    assert QuantityField().run_validation("1000000000") == 1_000_000_000
    for outside in (-1, 1_000_000_001, 10**29, 2**63, 1e300):
        with pytest.raises(ValidationError):
            QuantityField().run_validation(outside)


def test_the_length_of_a_text_is_that_of_its_normal_form():
    assert TextField(max_length=4).run_validation(" cafe\u0301 ") == "caf\u00e9"
    with pytest.raises(ValidationError):
        TextField(max_length=3).run_validation("cafe\u0301")


def test_a_row_is_named_by_its_id_as_number_or_digits(as_alice, alice, kettle):
    acme = Supplier.objects.create(owner=alice, name="Acme")
    for given in (acme.pk, str(acme.pk), f"00{acme.pk}"):
        answer = as_alice.patch(f"/api/products/{kettle.pk}/", {"supplier": given})
        assert (answer.status_code, answer.json()["supplier"]) == (200, acme.pk)


@pytest.mark.parametrize("junk", [True, 1.5, "x", "1.0", "-1", "1_0", "\uff11", [], [1], {}, {"id": 1}])
def test_anything_else_is_no_id(as_alice, kettle, junk):
    answer = as_alice.patch(f"/api/products/{kettle.pk}/", {"supplier": junk})
    assert (answer.status_code, list(answer.json())) == (400, ["supplier"])


def test_a_row_of_another_account_does_not_exist(as_alice, charlie, kettle):
    acme, nothing = Supplier.objects.create(owner=charlie, name="Acme").pk, 999999
    answers = [as_alice.patch(f"/api/products/{kettle.pk}/", {"supplier": pk}) for pk in (acme, nothing)]
    assert [answer.status_code for answer in answers] == [400, 400]
    assert answers[0].json() == {"supplier": [f"You have no supplier with the id {acme}."]}
    assert answers[1].json() == {"supplier": [f"You have no supplier with the id {nothing}."]}


@pytest.mark.parametrize("digits", [19, 20, 400, 4300, 4301, 5000])
def test_an_id_past_bigint_does_not_exist(as_alice, alice, digits):
    kettle = make_product(alice)
    for form in ("json", "multipart"):
        answer = as_alice.patch(f"/api/products/{kettle.pk}/", {"supplier": "9" * digits}, format=form)
        assert (answer.status_code, list(answer.json())) == (400, ["supplier"])
    answer = as_alice.patch(f"/api/products/{kettle.pk}/", {"category": "9" * digits}, format="multipart")
    assert (answer.status_code, list(answer.json())) == (400, ["category"])


def test_a_refused_choice_is_quoted_by_its_beginning():
    with pytest.raises(ValidationError) as refused:
        ChoiceField(choices=["IN", "OUT"]).run_validation("x" * 100_000)
    assert refused.value.detail == [f'"{"x" * MAX_QUOTED_LENGTH}" is not one of IN, OUT.']
