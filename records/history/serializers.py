"""The rows of the history."""

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from records.history.models import Kind

PAIRS = {
    "type": "object",
    "additionalProperties": {"type": "array", "items": {}, "minItems": 2, "maxItems": 2},
    "example": {"price": ["8.90", "9.20"], "supplier": [None, {"id": 3, "name": "Mill"}]},
}


@extend_schema_field(PAIRS)
class ChangesField(serializers.JSONField):
    """The old and the new value of each changed field."""


class ChangedBySerializer(serializers.Serializer):
    """Who has changed something, when, and in which way."""

    id = serializers.IntegerField()
    at = serializers.DateTimeField()
    by = serializers.IntegerField(allow_null=True, help_text="Id of the user; null for a command of the operator.")
    by_username = serializers.CharField(allow_null=True)
    via = serializers.CharField(help_text="The way of the change: api, key, page, import, desk or command.")


class ChangeSerializer(ChangedBySerializer):
    """A change of a row. The first one of a row is `{"created": [null, its fields]}`."""

    changes = ChangesField()
    edit = serializers.IntegerField(
        allow_null=True, help_text="Id of the edit of several products that made the change, which can be undone."
    )


class ShopChangeSerializer(ChangeSerializer):
    """A change of any row of the shop."""

    kind = serializers.ChoiceField(choices=Kind.choices, help_text="What `row` is the id of.")
    row = serializers.IntegerField(help_text="For `shop`, the id of the owner.")
    row_name = serializers.CharField(allow_null=True, help_text="The present name; null if the row is gone.")
