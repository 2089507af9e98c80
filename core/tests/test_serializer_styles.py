"""The serializers of the API know nothing of forms."""

from rest_framework.serializers import Serializer


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
