"""The forms of the pages know how to show fields. The serializers of the API do not."""

import pytest
from rest_framework.serializers import Serializer

from core.pages.widgets import BOOLEAN, OMITTED, find_widget
from products.filing.serializers import ImportSerializer
from products.serializers import ProductSerializer


def list_serializers(base=Serializer):
    for serializer in base.__subclasses__():
        yield serializer
        yield from list_serializers(serializer)


def test_no_field_of_a_serializer_has_a_style():
    found = [serializer for serializer in list_serializers() if not serializer.__module__.startswith("rest_framework")]
    assert len(found) > 50
    for serializer in found:
        for name, field in getattr(serializer, "_declared_fields", {}).items():
            assert not field.style, (serializer, name)


@pytest.mark.parametrize(
    ("serializer", "name", "widget"),
    [
        (ProductSerializer, "expected_quantity", OMITTED),
        (ImportSerializer, "dry_run", BOOLEAN),
        (ProductSerializer, "unit", None),
    ],
)
def test_the_widget_is_that_of_the_field_in_its_serializer_or_of_its_class(serializer, name, widget):
    assert find_widget(serializer().fields[name]) is widget
