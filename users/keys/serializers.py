"""The bodies of the routes for API keys. They save nothing: views call services."""

from datetime import timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext
from rest_framework import serializers

from core.fields import ChoiceField, WholeNumberField
from core.sentences import fill
from core.serializers import CachedFieldsSerializer, CleanModelSerializer, example
from core.translation import gettext_noop
from users.access.roles import Right, may
from users.models import ApiKey, KeyScope

DEFAULT_LIFE_DAYS, MAX_LIFE_DAYS = 365, 3650
MAX_OVERLAP_HOURS = 72
SEND_DAYS = gettext_noop("Send expires_in_days instead: 1 to {limit} days, or null for a key that never expires.")
AS_LONG_AS_BEFORE = gettext_noop("The new key lives as long as this one did. To choose its days, create another key.")


def refuse_expires_at(sent: Any, message: str, **values: Any) -> None:
    """Raise ValidationError if the body has `expires_at`. If it was ignored, the key would live longer than meant."""
    if "expires_at" in sent:
        raise serializers.ValidationError({"expires_at": [fill(message, **values)]})


def refuse_scope(user: Any, scope: str) -> None:
    """Raise ValidationError if a key with the scope would write for a user who only reads."""
    if scope != KeyScope.READ and not may(user, Right.WORK):
        raise serializers.ValidationError({"scope": [gettext("You may only read, and so may your keys: choose read.")]})


@example(name="till 1")
class KeySerializer(CleanModelSerializer):
    """A key, without the text that programs send."""

    scope = ChoiceField(choices=KeyScope.choices, read_only=True)
    user = serializers.IntegerField(source="user_id", read_only=True)
    username = serializers.CharField(source="user.username", read_only=True)

    class Meta:
        model = ApiKey
        fields: tuple[str, ...] = (
            "id", "name", "scope", "prefix", "user", "username", "created_at", "expires_at", "last_used_at",
            "revoked_at",
        )  # fmt: skip
        read_only_fields = ("prefix", "expires_at", "last_used_at", "revoked_at")
        extra_kwargs = {
            "prefix": {"help_text": "The part of the key by which the service finds it; no secret."},
            "last_used_at": {"help_text": "To the minute."},
        }


@example(name="till 1", scope="book", expires_in_days=365)
class CreateKeySerializer(KeySerializer):
    """A key to create."""

    scope = ChoiceField(
        choices=KeyScope.choices,
        help_text="read: read everything. book: also write what workers may. manage: also write what managers may."
        " Never more than you may.",
    )
    expires_in_days = WholeNumberField(
        min_value=1,
        max_value=MAX_LIFE_DAYS,
        default=DEFAULT_LIFE_DAYS,
        allow_null=True,
        write_only=True,
        help_text="1 to 3650 days; null, or empty in a form: it never expires.",
    )

    class Meta(KeySerializer.Meta):
        fields = ("name", "scope", "expires_in_days")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Replace the days by the time of expiry."""
        refuse_expires_at(self.initial_data, SEND_DAYS, limit=MAX_LIFE_DAYS)
        refuse_scope(self.context["request"].user, attrs["scope"])
        days = attrs.pop("expires_in_days")
        return {**attrs, "expires_at": None if days is None else timezone.now() + timedelta(days=days)}


@example(name="till 1", scope="book", role="owner", username="nora", shop="Tea & Things", currency="EUR")
class OwnKeySerializer(KeySerializer):
    """The key of the request, with its user and shop."""

    role = serializers.CharField(source="user.acting_role", read_only=True, help_text="The present one of the user.")
    shop = serializers.CharField(
        source="user.shop_owner.shop_name",
        default=None,
        read_only=True,
        allow_null=True,
        help_text="Its name. This and the next two are null if the user belongs to no shop.",
    )
    currency = serializers.CharField(source="user.shop_owner.currency", default=None, read_only=True, allow_null=True)
    time_zone = serializers.CharField(source="user.shop_owner.time_zone", default=None, read_only=True, allow_null=True)

    class Meta(KeySerializer.Meta):
        fields = ("name", "scope", "role", "username", "shop", "currency", "time_zone", "expires_at")


@example(overlap_hours=24)
class RollKeySerializer(CachedFieldsSerializer):
    overlap_hours = WholeNumberField(
        min_value=0,
        max_value=MAX_OVERLAP_HOURS,
        default=0,
        help_text="For how many hours the old key still works, at most until it expires.",
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        refuse_expires_at(self.initial_data, AS_LONG_AS_BEFORE)
        return attrs


class MadeKeySerializer(KeySerializer):
    """A key that was just created."""

    key = serializers.CharField(
        read_only=True,
        help_text="What a program sends as `Authorization: Bearer inv_…`. Only this response has it.",
    )

    class Meta(KeySerializer.Meta):
        fields = (*KeySerializer.Meta.fields, "key")
