"""Serializers that are created for each request."""

from django.http import QueryDict
from rest_framework import serializers
from rest_framework.fields import Field

from core.serializers import CachedFieldsSerializer


class Line(CachedFieldsSerializer):
    amount = serializers.IntegerField()
    unit = serializers.CharField(default="piece")
    is_gift = serializers.BooleanField(required=False)


class Order(CachedFieldsSerializer):
    note = serializers.CharField(max_length=5)
    line = Line()
    lines = Line(many=True)
    tags = serializers.ListField(child=serializers.CharField())


BODY = {"note": "tea", "line": {"amount": 1}, "lines": [{"amount": 2, "is_gift": True}], "tags": ["new"]}
VALUES = {
    **BODY,
    "line": {"amount": 1, "unit": "piece"},
    "lines": [{"amount": 2, "unit": "piece", "is_gift": True}],
}


def validate(body, **kwargs):
    serializer = Order(data=body, context={"request": None}, **kwargs)
    serializer.is_valid(raise_exception=True)
    return serializer


def test_a_request_changes_no_class_of_fields():
    validate(BODY)
    before = Field._creation_counter
    validate(BODY)
    assert Field._creation_counter == before


def test_a_serializer_without_a_request_counts_as_a_field():
    before = Field._creation_counter
    Order()
    assert Field._creation_counter > before


def test_nested_serializers_keep_the_order_of_their_declaration():
    assert list(Order().fields) == ["note", "line", "lines", "tags"]


def test_validates_like_rest_framework():
    plain = type("Plain", (serializers.Serializer,), dict(Order._declared_fields))(data={**BODY, "note": "too long"})
    cached = Order(data={**BODY, "note": "too long"}, context={})
    assert not plain.is_valid()
    assert not cached.is_valid()
    assert cached.errors == plain.errors
    assert validate(BODY).validated_data == VALUES


def test_a_partial_serializer_needs_no_field():
    assert validate({}, partial=True).validated_data == {}
    assert not Order(data={}, context={}).is_valid()


def test_a_serializer_without_data_has_none():
    assert not hasattr(Order(None, context={}), "initial_data")


def test_each_request_has_its_own_context_and_fields():
    one, two = (Order(data=BODY, context={"number": number}) for number in (1, 2))
    for serializer, number in ((one, 1), (two, 2)):
        fields = serializer.fields
        for field in (fields["note"], fields["line"], fields["lines"].child, fields["tags"].child):
            assert field.context == {"number": number}


def test_only_fields_with_a_value_or_an_error_are_validated(monkeypatch):
    validated = []
    original = serializers.BooleanField.run_validation
    monkeypatch.setattr(
        serializers.BooleanField, "run_validation", lambda self, data: validated.append(data) or original(self, data)
    )
    assert validate(BODY).validated_data == VALUES
    assert validated == [True]


def test_a_form_is_validated_like_rest_framework_does():
    """A form does not send a box that is not ticked."""
    line = Line(data=QueryDict("amount=3"), context={})
    assert line.is_valid()
    assert line.validated_data == {"amount": 3, "unit": "piece", "is_gift": False}


def test_a_missing_field_is_an_error():
    line = Line(data={}, context={})
    assert not line.is_valid()
    assert list(line.errors) == ["amount"]
