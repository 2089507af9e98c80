"""The bodies of the routes for the shop: its settings, handing it over, closing it."""

from typing import Any

from django.conf import settings
from rest_framework import serializers

from core.examples import example
from core.fields import ChoiceField, OwnedRelatedField, TextField
from core.serializers import CachedFieldsSerializer
from users.models import CSVFormat, User
from users.serializers import LanguageField, PasswordField
from users.shop_fields import CurrencyField, TimeZoneField


@example(name="Tea & Kettles", time_zone="Europe/Vienna", currency="EUR", csv="european")
class AccountSerializer(CachedFieldsSerializer):
    """The settings of a shop."""

    name = TextField(source="shop_name", max_length=255, allow_blank=True, required=False)
    time_zone = TimeZoneField(
        max_length=64, required=False, help_text="IANA name, Europe/Vienna for instance. Says which date is today."
    )
    currency = CurrencyField(
        max_length=3,
        required=False,
        allow_blank=True,
        help_text="ISO 4217 code, for pages and files. Nothing is converted.",
    )
    csv = ChoiceField(
        source="csv_format",
        label="CSV files",
        choices=CSVFormat.choices,
        required=False,
        help_text="How CSV files are written. standard: `,` and 1.50. european: `;` and 1,50.",
    )
    language = LanguageField(
        source="shop_language",
        required=False,
        help_text="The language of the shop's pages: en, de, fr or es. People may choose another for themselves.",
    )
    second_factor = ChoiceField(
        choices=["optional", "required"],
        required=False,
        help_text="required: everybody has to set up a second factor within 14 days.",
    )
    owner = serializers.IntegerField(source="leader_id", read_only=True, help_text="The id of the shop's owner.")


class WorkerField(OwnedRelatedField):
    """Another user of the caller's shop."""

    def get_queryset(self) -> Any:
        user = self.context["request"].user
        return User.objects.visible_to(user).filter(is_active=True, is_barred=False).exclude(pk=user.pk)


@example(user=2, password=settings.DEMO_PASSWORD)
class HandOverSerializer(serializers.Serializer):
    user = WorkerField(queryset=User.objects.all(), help_text="The id of one of your active workers.")
    password = PasswordField(help_text="Your own password.")


@example(password=settings.DEMO_PASSWORD)
class ProofSerializer(serializers.Serializer):
    password = PasswordField(help_text="Your own password.")


class ClosesAtSerializer(serializers.Serializer):
    """When all rows of the shop are removed."""

    closes_at = serializers.DateTimeField(allow_null=True, help_text="null: the shop is not being closed.")
