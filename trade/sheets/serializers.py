"""The bodies of counting sheets. They save nothing: views call services."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from core.fields import (
    MAX_QUANTITY,
    AmountField,
    AmountOf,
    ChoiceField,
    GoodsField,
    IdField,
    OwnedRelatedField,
    QuantityField,
    SumField,
    TextField,
    WholeNumberField,
)
from core.kinds import MAX_ID
from core.serializers import CachedFieldsSerializer, CleanModelSerializer, describe_list_errors, example
from products.codes.reading.scanning import MAX_SCAN_LENGTH, read_scan
from products.models import Category
from stock.booking_fields import CountedAtField, InstantField
from stock.line_fields import GoodsSerializer, LinesField, LocationField, LotField, ProductReferenceSerializer, is_blank
from stock.models import Location
from suppliers.look_ups import SupplierField
from trade.sheets.models import MAX_SHEET_NAME_LENGTH, Entry, LineState, Sheet
from trade.sheets.services import EntryLine

MAX_ENTRIES = 500
MAX_SELECTED = 10_000
STATE_HELP = "open, booked or dropped."


def list_of_ids(**kwargs: Any) -> serializers.ListField:
    return serializers.ListField(child=IdField(), allow_empty=False, **kwargs)


class StrictSerializer(CachedFieldsSerializer):
    """An object that is stored as JSON. Unknown fields are refused, because a mistyped one would select everything."""

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        if unknown := [name for name in data if name not in self.fields] if isinstance(data, Mapping) else []:
            raise serializers.ValidationError({name: [_("There is no such field.")] for name in unknown})
        values = super().to_internal_value(data)
        return {name: self.make_plain(value) for name, value in values.items() if value is not None}

    def make_plain(self, value: Any) -> Any:
        """Return the value as it is stored: a row as its id, a time or an amount as a text."""
        if isinstance(value, datetime):
            return value.isoformat()
        return str(value) if isinstance(value, Decimal) else getattr(value, "pk", value)

    def to_representation(self, instance: dict[str, Any]) -> dict[str, Any]:
        return {name: instance.get(name) for name in self.fields}


class SelectSerializer(StrictSerializer):
    """Which products are counted: those that match all of this. Without it, all of the shop or of the location."""

    category = OwnedRelatedField(queryset=Category.objects.live(), required=False, allow_null=True)
    supplier = SupplierField()
    products = list_of_ids(required=False, max_length=MAX_SELECTED, allow_null=True)
    not_counted_since = InstantField(
        required=False, allow_null=True, help_text="Products that were not counted at or after this time."
    )


class ToleranceSerializer(StrictSerializer):
    """A difference is within the tolerance if it is at most so many units, or at most so many percent."""

    units = QuantityField(required=False, allow_null=True)
    percent = AmountField(max_digits=5, decimal_places=2, max_value=100, min_value=0, required=False, allow_null=True)


@example(name="Teapots, July", blind=True, tolerance={"units": 1, "percent": "2.00"})
class SheetSerializer(CleanModelSerializer):
    """A counting sheet, with its progress."""

    name = TextField(max_length=MAX_SHEET_NAME_LENGTH)
    blind = serializers.BooleanField(default=True, help_text="Only owners, managers and viewers see quantities.")
    location = OwnedRelatedField(queryset=Location.objects.live(), required=False, allow_null=True, default=None)
    location_name = serializers.CharField(source="location.name", read_only=True, default=None, allow_null=True)
    # No enum: generated clients fail if two enums have the same value, and a reservation can be open, too.
    state = serializers.CharField(read_only=True, help_text=STATE_HELP)
    select = SelectSerializer(source="selection", required=False, default=dict)
    tolerance = ToleranceSerializer(required=False, allow_null=True, default=None)
    opened_by = serializers.IntegerField(source="opened_by_id", read_only=True)
    lines_total = serializers.IntegerField(source="progress.lines_total", read_only=True)
    uncounted = serializers.IntegerField(source="progress.uncounted", read_only=True)
    counted = serializers.IntegerField(source="progress.counted", read_only=True, help_text="Counted and not booked.")
    recount = serializers.IntegerField(source="progress.recount", read_only=True)
    booked = serializers.IntegerField(source="progress.booked", read_only=True)
    entries_total = serializers.IntegerField(source="progress.entries_total", read_only=True)

    class Meta:
        model = Sheet
        fields = (
            "id", "name", "blind", "location", "location_name", "select", "tolerance", "state", "lines_total",
            "uncounted", "counted", "recount", "booked", "entries_total", "opened_by", "opened_by_username",
            "created_at", "closed_at",
        )  # fmt: skip
        read_only_fields = ("opened_by_username", "closed_at")


class ScannedReferenceSerializer(ProductReferenceSerializer):
    """A reference to a product, or the code that a scanner has read."""

    code = TextField(
        required=False,
        allow_blank=True,
        max_length=MAX_SCAN_LENGTH,
        trim_whitespace=False,
        help_text="What a scanner has read, in place of the id. The code of a case stands for its units, that of a"
        " scale for its weight.",
    )

    def to_internal_value(self, data: Any) -> Any:
        is_scanned = isinstance(data, Mapping) and not is_blank(data.get("code"))
        if not is_scanned:
            return super().to_internal_value(data)
        if not all(is_blank(data.get(name)) for name in self.reference_fields):
            raise serializers.ValidationError({"code": [_("Give a code or a product, not both.")]})
        return CachedFieldsSerializer.to_internal_value(self, data)

    def validate_code(self, code: str) -> Any:
        return read_scan(code) if code else None


class EntryLineSerializer(GoodsSerializer, ScannedReferenceSerializer):
    """What was counted of a product. Entries of one product at one place add up."""

    quantity = QuantityField(required=False, help_text="A whole number of base units, or of the codes of a case.")
    amount = GoodsField()
    location = LocationField(required=False)
    lot = LotField(help_text="The code of a lot, ignoring case.")
    counted_at = CountedAtField()
    replaces = WholeNumberField(
        required=False,
        allow_null=True,
        min_value=1,
        max_value=MAX_ID,
        help_text="Id of an entry of this product that counts no more.",
    )
    extra = serializers.BooleanField(default=False, help_text="Accept a product that is not on the sheet.")

    @staticmethod
    def make_line(values: dict[str, Any]) -> EntryLine:
        return EntryLine(
            values.get("product_reference"), values.get("code") or None, values["quantity"], values.get("location"),
            values.get("lot") or "", values.get("counted_at"), values.get("replaces"), values["extra"],
        )  # fmt: skip


@example(entries=[{"product": 1, "quantity": 12, "extra": True}, {"sku": "TEA-EARL", "quantity": 7, "extra": True}])
class EnterSerializer(CachedFieldsSerializer):
    """1 to 500 entries, of which all are added or none."""

    entries = LinesField(EntryLineSerializer, max_length=MAX_ENTRIES)


class EntrySerializer(CleanModelSerializer):
    """An entry. In a blind sheet, its quantity is shown to who made it, and to owners, managers and viewers."""

    product = serializers.IntegerField(source="product_id")
    product_name = serializers.CharField(source="product.name")
    location = serializers.IntegerField(source="location_id", allow_null=True)
    quantity = serializers.SerializerMethodField()
    amount = serializers.SerializerMethodField()
    replaces = serializers.IntegerField(source="replaces_id", allow_null=True)
    replaced = serializers.BooleanField(default=False, help_text="Whether another entry replaces it.")
    recounted = serializers.BooleanField(default=False, help_text="Whether it counts no more, because of a recount.")
    entered_by = serializers.IntegerField(source="entered_by_id")
    entered_by_username = serializers.CharField(source="entered_by.username")

    class Meta:
        model = Entry
        fields = (
            "id", "product", "product_name", "location", "lot", "quantity", "amount", "counted_at", "replaces",
            "replaced", "recounted", "entered_by", "entered_by_username", "created_at",
        )  # fmt: skip
        read_only_fields = fields

    @extend_schema_field({"type": "integer", "nullable": True})
    def get_quantity(self, entry: Entry) -> int | None:
        hides = self.context.get("hides_quantities") and entry.entered_by_id != self.context["request"].user.pk
        return None if hides else entry.quantity

    @extend_schema_field(AmountOf)
    def get_amount(self, entry: Entry) -> str | None:
        return AmountOf.write(self.get_quantity(entry), entry.product.decimals)


class EnteredSerializer(CachedFieldsSerializer):
    """The new entries, and the number of all entries of the sheet."""

    entries = EntrySerializer(many=True)
    entries_total = serializers.IntegerField(
        help_text="Send it as `expected_entries` when the sheet is booked, with `expected_differences`."
    )


class SheetLineSerializer(CachedFieldsSerializer):
    """A product of the sheet."""

    product = serializers.IntegerField()
    name = serializers.CharField()
    sku = serializers.CharField()
    barcode = serializers.CharField()
    unit = serializers.CharField()
    state = serializers.ChoiceField(choices=LineState.choices)
    counted = serializers.IntegerField(
        allow_null=True, help_text="Null in a blind sheet, but for owners, managers and viewers."
    )
    counted_amount = AmountOf("counted")
    expected = serializers.IntegerField(
        allow_null=True, help_text="What was in stock then, if the product is booked. Null like `counted`."
    )
    expected_amount = AmountOf("expected")
    difference = serializers.IntegerField(
        allow_null=True, help_text="What was booked: 0 if a later count was booked already. Null like `counted`."
    )
    difference_amount = AmountOf("difference")
    operation = serializers.IntegerField(allow_null=True, help_text="The operation that has booked the difference.")


class DifferenceSerializer(CachedFieldsSerializer):
    """What was counted of a product, at a place or in all, compared with what was expected then."""

    product = serializers.IntegerField(source="counted.product")
    name = serializers.CharField()
    sku = serializers.CharField()
    location = serializers.IntegerField(source="counted.location", allow_null=True)
    lot = serializers.CharField(source="counted.lot")
    counted = serializers.IntegerField(source="counted.quantity")
    counted_amount = AmountOf("counted.quantity")
    expected = serializers.IntegerField(help_text="What was in stock at `counted_at`.")
    difference = serializers.IntegerField(
        help_text="Send it in `expected_differences`: the sum of a product, if it has several places."
    )
    value = SumField(help_text="The difference at the average cost.")
    moved = serializers.IntegerField(help_text="What has moved since `counted_at`.")
    within_tolerance = serializers.BooleanField()
    outdated = serializers.BooleanField(
        help_text="A later count has set the quantity already, so this one changes nothing."
    )
    entries = serializers.IntegerField(source="counted.entries")
    counted_at = serializers.DateTimeField(source="counted.counted_at")
    counted_by = serializers.ListField(child=serializers.CharField())


@example(products=[1])
class RecountSerializer(CachedFieldsSerializer):
    products = list_of_ids(max_length=MAX_SELECTED)


class SeenDifferencesSerializer(serializers.ListSerializer):
    """The differences that the caller has seen."""

    def to_internal_value(self, data: Any) -> Any:
        """Return the rows. Raise ValidationError with a text for each wrong row."""
        try:
            return super().to_internal_value(data)
        except serializers.ValidationError as error:
            raise serializers.ValidationError([*describe_list_errors(error.detail)]) from None


class SeenDifferenceSerializer(CachedFieldsSerializer):
    """A difference that the caller has seen, of all counted places of the product together."""

    product = IdField()
    difference = WholeNumberField(min_value=-MAX_QUANTITY, max_value=MAX_QUANTITY)

    class Meta:
        list_serializer_class = SeenDifferencesSerializer


@example(expected_differences=[{"product": 1, "difference": -1}])
class BookSheetSerializer(CachedFieldsSerializer):
    """What to book: by default all that is counted."""

    products = list_of_ids(required=False, max_length=MAX_SELECTED, help_text="Only these.")
    uncounted = ChoiceField(
        choices=[("leave", "leave"), ("zero", "zero")],
        default="leave",
        help_text="zero: what is not counted is booked as nothing.",
    )
    expected_entries = WholeNumberField(
        required=False,
        min_value=0,
        help_text="Refuse with `entries_changed` if the sheet has another number. A till that sends a sale late changes"
        " differences, but not this number: send `expected_differences`, too.",
    )
    expected_differences = SeenDifferenceSerializer(
        many=True,
        required=False,
        max_length=MAX_SELECTED,
        help_text="A product with another difference by now is left, as `difference_changed`.",
    )

    def validate_expected_differences(self, rows: list[dict[str, int]]) -> dict[int, int]:
        return {row["product"]: row["difference"] for row in rows}


class LeftSerializer(CachedFieldsSerializer):
    """A product that could not be booked, with the error that a booking of it has."""

    product = serializers.IntegerField()
    code = serializers.CharField()
    detail = serializers.CharField()


class BookedSheetSerializer(CachedFieldsSerializer):
    operations = serializers.ListField(child=serializers.IntegerField())
    booked = serializers.IntegerField(help_text="The number of products.")
    left = LeftSerializer(many=True)
    state = serializers.CharField(help_text=STATE_HELP)
