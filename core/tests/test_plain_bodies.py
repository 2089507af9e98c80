"""Bodies whose values the fields would return unchanged are returned without running the fields."""

from rest_framework.exceptions import ValidationError

from core.fields import MAX_QUANTITY
from core.serializers import CachedFieldsSerializer
from core.tests.test_serializer_styles import list_serializers
from inventory_api import urls  # noqa: F401, imports all serializers
from testing.laws.hostile import JSON_VALUES, TEXTS
from testing.tables import all_cases
from trade.selling.serializers import BookSerializer

WORDS = ["IN", "OUT", "sale", "purchase", "owner", "worker", "admin", "daily", "off", "import", "opening"]
NUMBERS = [0, 1, 2, 59, 60, MAX_QUANTITY, MAX_QUANTITY + 1, 2**63 - 1, 2**63, -1, 1.0, 2.5, True, False]
VALUES = [*WORDS, *NUMBERS, *map(str, NUMBERS), *JSON_VALUES, *TEXTS, None, "", " ", "in", "IN ", [], {}, [1], {"a": 1}]
LINE = {"product": 1, "movement_type": "IN", "quantity": 2}


class SlowBook(BookSerializer):
    """Runs the fields of every body."""

    is_plain = classmethod(lambda *_: False)


def list_plain_fields():
    """Return the fields that have a check, each with it."""
    found = [serializer for serializer in list_serializers(CachedFieldsSerializer) if serializer.__module__ != __name__]
    fields = []
    for serializer in found:
        if not getattr(getattr(serializer, "Meta", None), "abstract", False) and has_fields(serializer):
            checks, _ = serializer.find_plain_checks()
            fields += [(serializer.get_prototypes()[name], check) for name, check in checks.items()]
    return fields


def has_fields(serializer):
    """Return whether the class is complete: a base of serializers of models has no model."""
    return hasattr(serializer, "Meta") or not hasattr(serializer, "serializer_field_mapping")


def read_slowly(body):
    serializer = SlowBook(data=body, context={})
    return serializer.is_valid() and serializer.validated_data, serializer.errors


def test_a_check_holds_only_for_values_that_the_field_returns_unchanged():
    fields, plain = list_plain_fields(), 0
    for field, check in fields:
        for value in filter(check, VALUES):
            plain += 1
            cleaned = field.run_validation(value)
            assert (cleaned, type(cleaned)) == (value, type(value)), (field, value)
    assert len(fields) > 30
    assert plain > 100


def test_the_checks_refuse_what_the_fields_refuse():
    for field, check in list_plain_fields():
        for value in VALUES:
            try:
                field.run_validation(value)
            except ValidationError:
                assert not check(value), (field, value)


@all_cases("name", [*LINE, "reason", "note", "unknown", "expected_quantity"])
def test_any_value_of_a_field_has_the_result_of_its_fields(name):
    for value in VALUES:
        body = {**LINE, name: value}
        serializer = BookSerializer(data=body, context={})
        result = serializer.is_valid() and serializer.validated_data
        assert (result, serializer.errors) == read_slowly(body), value


def test_a_missing_field_has_the_error_of_the_field():
    for name in LINE:
        body = {other: value for other, value in LINE.items() if other != name}
        serializer = BookSerializer(data=body, context={})
        assert not serializer.is_valid()
        assert (False, serializer.errors) == read_slowly(body)


def test_a_plain_body_runs_no_field(monkeypatch):
    monkeypatch.setattr("rest_framework.fields.Field.run_validation", None)
    assert BookSerializer.is_plain(LINE)
    assert BookSerializer(data=LINE, context={}).is_valid()
    assert not BookSerializer.is_plain({**LINE, "quantity": "2"})
