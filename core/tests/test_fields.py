"""The serializer fields of all apps: the values that they accept and refuse."""

from decimal import Decimal

import pytest
from rest_framework.exceptions import ValidationError

from core.fields import (
    MAX_QUOTED_LENGTH,
    AmountField,
    ChoiceField,
    LongTextField,
    QuantityField,
    TextField,
    WholeNumberField,
)
from core.kinds import MAX_ID, parse_id
from suppliers.models import Supplier
from testing.cast.people import make_product
from testing.tables import all_cases


@all_cases(
    ("text", "expected"),
    [
        ("1", 1), ("007", 7), (str(MAX_ID), MAX_ID), (str(MAX_ID + 1), None), ("0", None), ("0" * 20 + "1", None),
        ("9" * 5000, None), ("", None), ("-1", None), (" 1", None), ("1\n", None), ("\u0661", None), ("\u00b2", None),
    ],
)  # fmt: skip
def test_ids_are_read_from_texts_by_one_rule(text, expected):
    assert parse_id(text) == expected


@all_cases(
    ("given", "expected"),
    [(" Kettle ", "Kettle"), ("Cafe\u0301", "Caf\u00e9"), ("a\u00a0b", "a\u00a0b"), ("😀", "😀"), ("7", "7")],
)
def test_text_is_trimmed_and_nfc(given, expected):
    assert TextField().run_validation(given) == expected


@all_cases("invalid", ["a\0b", "a\tb", "a\nb", "a\x1fb", "a\x7fb", "a\x85b", "\ud800", 7, 1.5, True, [], {}])
def test_refuses_control_characters_and_values_that_are_no_text(invalid):
    with pytest.raises(ValidationError):
        TextField().run_validation(invalid)


def test_long_text_may_have_tabs_and_line_ends():
    assert LongTextField().run_validation("a\tb\r\nc") == "a\tb\r\nc"
    for invalid in ["a\0b", "a\x0bb", "a\x0cb", "a\x1bb", "a\x7fb", "a\x9fb"]:
        with pytest.raises(ValidationError):
            LongTextField().run_validation(invalid)


def test_null_is_an_empty_text_if_the_field_may_be_empty():
    assert TextField(allow_blank=True).run_validation(None) == ""
    with pytest.raises(ValidationError):
        TextField().run_validation(None)


@all_cases(
    ("given", "expected"), [(7, 7), ("7", 7), (7.0, 7), ("7.00", 7), (0, 0), ("007", 7), (-1, -1), (1e5, 100_000)]
)
def test_reads_a_whole_number_in_several_notations(given, expected):
    assert WholeNumberField().run_validation(given) == expected


@pytest.mark.quick
@all_cases(
    "invalid", [True, False, 1.5, "1e5", "1_0", "\uff11", "+1", "", " 7", "7\n", "x", None, [], [7], {}, "9" * 5000]
)
def test_refuses_other_values_as_a_whole_number(invalid):
    with pytest.raises(ValidationError):
        WholeNumberField().run_validation(invalid)


def test_a_quantity_is_between_zero_and_a_billion():
    assert QuantityField().run_validation("1000000000") == 1_000_000_000
    for outside in (-1, 1_000_000_001, 10**29, 2**63, 1e300):
        with pytest.raises(ValidationError):
            QuantityField().run_validation(outside)


def test_the_length_of_a_text_is_that_of_its_normalised_form():
    assert TextField(max_length=4).run_validation(" cafe\u0301 ") == "caf\u00e9"
    with pytest.raises(ValidationError):
        TextField(max_length=3).run_validation("cafe\u0301")


def test_a_row_is_identified_by_its_id_as_a_number_or_digits(as_alice, alice, kettle):
    acme = Supplier.objects.create(owner=alice, name="Acme")
    for given in (acme.pk, str(acme.pk), f"00{acme.pk}"):
        response = as_alice.patch(f"/api/products/{kettle.pk}/", {"supplier": given})
        assert (response.status_code, response.json()["supplier"]) == (200, acme.pk)


@pytest.mark.quick
@all_cases("fraction", [0.25, "0.25", "1.50", ".5", -0.5, "0,5", "12,25"])
def test_a_fraction_of_a_unit_is_refused_with_what_to_do(fraction):
    with pytest.raises(ValidationError) as refusal:
        QuantityField().run_validation(fraction)
    assert refusal.value.detail == [
        "Quantities are whole numbers: of pieces, or of grams if the product is sold by the kilogram."
    ]


@all_cases("text", ["1,234", "1.2.3", "x.5", "0.0x"])
def test_what_is_no_fraction_is_refused_as_before(text):
    with pytest.raises(ValidationError) as refusal:
        QuantityField().run_validation(text)
    assert refusal.value.detail == ["A valid integer is required."]


@all_cases("invalid", [True, 1.5, "x", "1.0", "-1", "1_0", "\uff11", [], [1], {}, {"id": 1}])
def test_refuses_other_values_as_an_id(as_alice, kettle, invalid):
    response = as_alice.patch(f"/api/products/{kettle.pk}/", {"supplier": invalid})
    assert (response.status_code, list(response.json())) == (400, ["supplier"])


def test_a_row_of_another_account_does_not_exist(as_alice, charlie, kettle):
    acme, nothing = Supplier.objects.create(owner=charlie, name="Acme").pk, 999999
    responses = [as_alice.patch(f"/api/products/{kettle.pk}/", {"supplier": pk}) for pk in (acme, nothing)]
    assert [response.status_code for response in responses] == [400, 400]
    assert responses[0].json() == {"supplier": [f"You have no supplier with the id {acme}."]}
    assert responses[1].json() == {"supplier": [f"You have no supplier with the id {nothing}."]}


@all_cases("digits", [19, 20, 400, 4300, 4301, 5000])
def test_an_id_past_bigint_does_not_exist(as_alice, alice, digits):
    kettle = make_product(alice)
    for form in ("json", "multipart"):
        response = as_alice.patch(f"/api/products/{kettle.pk}/", {"supplier": "9" * digits}, format=form)
        assert (response.status_code, list(response.json())) == (400, ["supplier"])
    response = as_alice.patch(f"/api/products/{kettle.pk}/", {"category": "9" * digits}, format="multipart")
    assert (response.status_code, list(response.json())) == (400, ["category"])


def test_the_error_of_a_choice_quotes_the_beginning_of_the_value():
    with pytest.raises(ValidationError) as refused:
        ChoiceField(choices=["IN", "OUT"]).run_validation("x" * 100_000)
    assert refused.value.detail == [f'"{"x" * MAX_QUOTED_LENGTH}" is not one of IN, OUT.']


@all_cases(("number", "rounded"), [(0.1 + 0.2, "0.3"), (1.1 * 3, "3.3"), (4.35 * 100, "435.0")])
def test_a_number_that_was_rounded_in_binary_is_refused_with_the_text_to_send(number, rounded):
    with pytest.raises(
        ValidationError, match=f'{number} has a binary rounding error: send it as the text "{rounded}".'
    ):
        AmountField(max_digits=12, decimal_places=2).run_validation(number)


@all_cases("number", [19.99, 0.5, 3.0])
def test_a_number_with_few_decimals_is_read(number):
    assert AmountField(max_digits=12, decimal_places=2).run_validation(number) == Decimal(str(number))
