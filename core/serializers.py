"""Base classes of all serializers."""

from copy import deepcopy
from typing import Any

from django.db import models
from rest_framework import serializers

from core.fields import DateField, EmailField, LongTextField, OwnedRelatedField, TextField
from core.ownership import save_fields


class CachedFieldsSerializer(serializers.Serializer):
    """Builds its fields once per class and copies them for each instance.

    REST framework builds them for each instance, which for a small body takes several times as long as the validation.
    """

    def get_fields(self) -> dict[str, serializers.Field]:
        cls: Any = type(self)
        if "cached_fields" not in vars(cls):
            cls.cached_fields = super().get_fields()
        return {name: copy_field(field) for name, field in cls.cached_fields.items()}


def copy_field(field: serializers.Field) -> serializers.Field:
    """Return a copy that can be bound to another serializer: deep if the field contains fields, else shallow."""
    if isinstance(field, serializers.BaseSerializer) or hasattr(field, "child"):
        return deepcopy(field)
    copy = type(field).__new__(type(field))
    vars(copy).update(vars(field))
    return copy


class CleanModelSerializer(CachedFieldsSerializer, serializers.ModelSerializer):
    """REST framework's ModelSerializer with clean text. An update saves only the fields that were sent."""

    serializer_field_mapping = {
        **serializers.ModelSerializer.serializer_field_mapping,
        models.CharField: TextField,
        models.DateField: DateField,
        models.EmailField: EmailField,
        models.TextField: LongTextField,
    }

    def update(self, instance: Any, validated_data: dict[str, Any]) -> Any:
        save_fields(instance, validated_data)
        return instance


class OwnedSerializer(CleanModelSerializer):
    """The serializer of a row of the caller's account. It accepts links only to rows of the same account."""

    serializer_related_field = OwnedRelatedField


class EmptySerializer(CachedFieldsSerializer):
    """A body without fields, for actions that take none."""
