"""The serializers every model's serializer is built from."""

from copy import deepcopy
from typing import Any

from django.db import models
from rest_framework import serializers

from core.fields import DateField, EmailField, LongTextField, OwnedRelatedField, TextField
from core.ownership import save_fields


class CachedFieldsSerializer(serializers.Serializer):
    """Builds its fields once and copies them for each serializer.

    REST framework builds them anew for each, which for a small body takes several times as long as what they then do.
    """

    def get_fields(self) -> dict[str, serializers.Field]:
        cls: Any = type(self)
        if "cached_fields" not in vars(cls):
            cls.cached_fields = super().get_fields()
        return {name: copy_field(field) for name, field in cls.cached_fields.items()}


def copy_field(field: serializers.Field) -> serializers.Field:
    """A copy that can be bound to a serializer of its own; with what it holds, if it holds fields."""
    if isinstance(field, serializers.BaseSerializer) or hasattr(field, "child"):
        return deepcopy(field)
    twin = type(field).__new__(type(field))
    vars(twin).update(vars(field))
    return twin


class CleanModelSerializer(CachedFieldsSerializer, serializers.ModelSerializer):
    """DRF's, with clean text; saves only the fields that were sent."""

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
    """A row of the caller's account: what it points at is looked up among the account's rows alone."""

    serializer_related_field = OwnedRelatedField
