"""The bodies of tills and of the numbers that they give up. They save nothing: views call services."""

import json
from typing import Any

from django.utils.translation import gettext_lazy
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from core.fields import AmountField, TextField, WholeNumberField, are_costs_shown, remove_costs
from core.serializers import CachedFieldsSerializer, CleanModelSerializer, example
from products.codes.fields import CodeSerializer
from trade.selling.fields import TileSerializer
from trade.selling.goods import list_kinds
from trade.tills.hooks import CATALOGUES
from trade.tills.models import MAX_DROP_NOTE_LENGTH, MAX_NUMBER, MAX_SALE_LENGTH, Drop, Till
from users.account_serializers import ScaleCodeSerializer


@extend_schema_field(OpenApiTypes.OBJECT)
class SaleField(serializers.Field):
    """The body of a booking that was refused. Users who may not see costs get it without them."""

    default_error_messages = {
        "invalid": gettext_lazy("Send the JSON object that was refused, or null."),
        "too_long": gettext_lazy("This has more than {limit} characters."),
    }

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        if not isinstance(data, dict):
            self.fail("invalid")
        if len(json.dumps(data)) > MAX_SALE_LENGTH:
            self.fail("too_long", limit=MAX_SALE_LENGTH)
        return data

    def to_representation(self, sale: dict[str, Any]) -> dict[str, Any]:
        if not are_costs_shown():
            remove_costs(sale)
        return sale


@example(name="till 1")
class TillSerializer(CleanModelSerializer):
    """A till: a device that numbers what it books."""

    user = serializers.IntegerField(
        source="user_id",
        read_only=True,
        help_text="Who made it. It books in the name of the user that has paired it last.",
    )
    username = serializers.CharField(source="user.username", read_only=True)
    prefix = serializers.CharField(read_only=True, help_text="The beginning of its `Idempotency-Key`s.")
    next_number = serializers.IntegerField(read_only=True)
    highest_number = serializers.IntegerField(
        read_only=True, help_text="The highest number that its device may give before it has sent a further one."
    )
    last_seen_at = serializers.DateTimeField(
        read_only=True, allow_null=True, help_text="When its device last sent a request, to the minute."
    )

    class Meta:
        model = Till
        fields: tuple[str, ...] = (
            "id", "name", "user", "username", "prefix", "next_number", "highest_number", "last_number", "last_seen_at",
            "created_at", "revoked_at",
        )  # fmt: skip
        read_only_fields = ("last_number", "revoked_at")


class PairedTillSerializer(TillSerializer):
    """A till that was just made or paired."""

    key = serializers.CharField(
        read_only=True,
        help_text="The API key that the device sends as `Authorization: Bearer inv_…`. Only this response has it.",
    )

    class Meta(TillSerializer.Meta):
        fields = (*TillSerializer.Meta.fields, "key")


class CatalogueProductSerializer(CachedFieldsSerializer):
    id = serializers.IntegerField()
    name = serializers.CharField()
    sku = serializers.CharField()
    barcode = serializers.CharField()
    codes = CodeSerializer(many=True)
    unit = serializers.CharField()
    decimals = serializers.IntegerField()
    price = AmountField(max_digits=12, decimal_places=2, allow_null=True)
    tax = serializers.IntegerField(allow_null=True, help_text="Its rate of VAT.")
    available = serializers.IntegerField(
        allow_null=True, help_text="What is in stock and not reserved. Null for a product without stock."
    )
    updated_at = serializers.DateTimeField()
    picture = serializers.CharField(allow_null=True, help_text="The address of the picture, relative to this service.")


class AddedTaxSerializer(CachedFieldsSerializer):
    id = serializers.IntegerField()
    rate = AmountField(max_digits=5, decimal_places=2)


class CatalogueSerializer(CachedFieldsSerializer):
    position = serializers.IntegerField(
        help_text="The position of the feed before the products were read. Send it as `after` to /api/events/."
    )
    currency = serializers.CharField()
    language = serializers.CharField(help_text="The language of the till's pages: en, de, fr or es.")
    scale_codes = ScaleCodeSerializer(many=True, help_text="Which EAN-13 have a weight or a price inside.")
    sells_at_list_price = serializers.BooleanField(
        help_text="Whether the shop refuses other prices than the list's, and discounts, of this caller."
    )
    payments = serializers.BooleanField(help_text="Whether the till asks how a sale is paid.")
    customers = serializers.BooleanField(help_text="Whether the till asks who buys.")
    time_zone = serializers.CharField(help_text="That of the shop.")
    taxes = AddedTaxSerializer(
        many=True, help_text="The rates that are added to the prices; none if prices include VAT."
    )
    tiles = TileSerializer(many=True, help_text="The products and kits with a tile, in their order. On the first page.")
    products = CatalogueProductSerializer(many=True)
    vars().update(
        {
            kind.names: kind.catalogue_serializer(
                many=True, help_text=f"The {kind.names} with ids in the range of this page."
            )
            for kind in list_kinds()
        }
    )
    next = serializers.IntegerField(allow_null=True, help_text="The `after` of the next page; null on the last one.")

    def get_fields(self) -> dict[str, serializers.Field]:
        further = {name: field for hook in CATALOGUES for name, field in hook.make_fields().items()}
        return {**super().get_fields(), **further}


class NumberRangeSerializer(CachedFieldsSerializer):
    first = serializers.IntegerField()
    last = serializers.IntegerField()


class GapsSerializer(CachedFieldsSerializer):
    last = serializers.IntegerField(
        help_text="The highest number that was booked or given up, or that a device before may have given."
    )
    missing = serializers.ListField(
        child=serializers.IntegerField(), help_text="The first 1,000 that neither were booked nor given up."
    )
    dropped = serializers.ListField(child=serializers.IntegerField(), help_text="The first 1,000 that were given up.")
    may_be_missing = NumberRangeSerializer(
        many=True, help_text="The first 1,000 ranges that a device may have given before it was replaced or lost."
    )
    next = serializers.IntegerField(allow_null=True, help_text="The `after` of the rest; null if there is none.")


@example(
    number=390,
    note="The last one was broken.",
    sale={"lines": [{"product": 1, "movement_type": "OUT", "quantity": 2}], "reason": "sale"},
)
class DropSerializer(CleanModelSerializer):
    """A number that a till has given up, with what it should have booked."""

    till = serializers.IntegerField(source="till_id", read_only=True)
    number = WholeNumberField(min_value=1, max_value=MAX_NUMBER)
    note = TextField(max_length=MAX_DROP_NOTE_LENGTH, help_text="Why it was given up.")
    sale = SaleField(required=False, allow_null=True, default=None, help_text="The body that was refused.")
    made_by = serializers.IntegerField(source="made_by_id", read_only=True)

    class Meta:
        model = Drop
        fields = ("id", "till", "number", "note", "sale", "made_by", "made_by_username", "created_at")
        read_only_fields = ("made_by_username",)
