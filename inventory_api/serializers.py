"""The serializers every model's serializer is built from."""

from typing import Any

from django.db import models
from rest_framework import serializers

from inventory_api.fields import DateField, EmailField, LongTextField, OwnedRelatedField, TextField


class CleanModelSerializer(serializers.ModelSerializer):
    """DRF's, with clean text; saves only the fields that were sent."""

    serializer_field_mapping = {
        **serializers.ModelSerializer.serializer_field_mapping,
        models.CharField: TextField,
        models.DateField: DateField,
        models.EmailField: EmailField,
        models.TextField: LongTextField,
    }

    def update(self, instance: Any, validated_data: dict[str, Any]) -> Any:
        """Save what was sent and nothing else: a whole-row save would undo what another request just changed."""
        for name, value in validated_data.items():
            setattr(instance, name, value)
        stamps = [f.name for f in instance._meta.fields if getattr(f, "auto_now", False)]
        instance.save(update_fields=[*validated_data, *stamps])
        return instance


class OwnedSerializer(CleanModelSerializer):
    """A row of the caller's account: what it points at is looked up among the account's rows alone."""

    serializer_related_field = OwnedRelatedField
