"""The bodies and the responses of comparisons."""

from typing import Any

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from core.examples import example
from core.fields import MAX_QUANTITY, ChoiceField, GoodsField, QuantityField, TextField, WholeNumberField
from core.http.browser_forms import is_session_form
from core.kinds import MAX_ID
from core.serializers import CachedFieldsSerializer
from core.time_zones import get_zone
from desk.reports.comparison.comparing import KINDS, Asked, TheirLine
from desk.reports.comparison.sql import AVAILABLE, COMPARED
from desk.reports.serializers import UnitSerializer
from products.filing.serializers import MAPPING_DESCRIPTION, MAX_MAPPING_LENGTH
from stock.line_fields import QUANTITY_HELP, GoodsSerializer, LinesField, ProductReferenceSerializer
from stock.time_fields import OccurredAtField
from users.keys.models import MAX_KEY_NAME_LENGTH


class MadeAtField(OccurredAtField):
    """The time when a list was made. In the form of a page it is a time in the shop's zone."""

    def to_internal_value(self, value: Any) -> Any:
        request = self.context.get("request")
        if request is not None and is_session_form(request) and isinstance(value, str):
            try:
                moment = parse_datetime(value)
            except ValueError:
                moment = None  # the error of the field says so
            if moment and not moment.tzinfo:
                value = moment.replace(tzinfo=get_zone(request.user.shop_zone)).isoformat()
        return super().to_internal_value(value)


class ComparedLineSerializer(GoodsSerializer, ProductReferenceSerializer):
    """A line of the list: a product, and the quantity that the other system has of it, which may be below 0."""

    quantity = QuantityField(min_value=-MAX_QUANTITY, required=False, help_text=QUANTITY_HELP)
    amount = GoodsField(min_value=-MAX_QUANTITY)

    @staticmethod
    def make_line(values: dict[str, Any]) -> TheirLine:
        return TheirLine(0, [values["product_reference"]], values["quantity"])


class AskedSerializer(CachedFieldsSerializer):
    """What is compared, and up to where the other system knows our bookings."""

    source = TextField(  # type: ignore[assignment]
        max_length=MAX_KEY_NAME_LENGTH,
        help_text="The name of the other system. It knows the bookings of an API key with this name, because it has"
        " made them.",
    )
    of = ChoiceField(
        choices=[(one, one) for one in COMPARED], default=AVAILABLE,
        help_text="The quantity that the list has: `available` is less what is reserved.",
    )  # fmt: skip
    position = WholeNumberField(
        required=False, allow_null=True, min_value=0, max_value=MAX_ID,
        help_text="The last event of the feed that the other system has read.",
    )  # fmt: skip
    as_of = MadeAtField(
        required=False, allow_null=True,
        help_text="When the list was made. Without a position, it knows what was recorded by then.",
    )  # fmt: skip

    @staticmethod
    def make_asked(values: dict[str, Any]) -> Asked:
        return Asked(values["source"], values["of"], values.get("position"), values.get("as_of"))


@example(source="web shop", of="quantity", lines=[{"sku": "POT-1", "quantity": 2}])
class ComparisonSerializer(AskedSerializer):
    lines = LinesField(ComparedLineSerializer, help_text="1 to 1000 lines. Those of one product add up.")


class FileComparisonSerializer(AskedSerializer):
    """The form of a comparison with a file."""

    file = serializers.FileField(
        allow_empty_file=True, help_text="CSV, or a workbook (.xlsx, .ods) of which the first sheet is read."
    )
    columns = TextField(required=False, allow_blank=True, max_length=MAX_MAPPING_LENGTH, help_text=MAPPING_DESCRIPTION)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if len(self.initial_data.getlist("file")) != 1:
            raise serializers.ValidationError({"file": [_("Send one file.")]})
        return attrs


class ChangeSinceSerializer(CachedFieldsSerializer):
    """A booking or a reservation that the other system has not seen."""

    operation = serializers.IntegerField(allow_null=True, help_text="Null if a reservation has changed it.")
    reservation = serializers.IntegerField(allow_null=True)
    reason = serializers.CharField(
        help_text="That of the operation, or `reserved`, `fulfilled`, `released` or `expired` of a reservation."
    )
    reference = serializers.CharField()
    change = serializers.IntegerField()
    timestamp = serializers.DateTimeField(help_text="When it was recorded.")


class ComparedProductSerializer(UnitSerializer):
    """A product of the shop."""

    product = serializers.IntegerField()
    name = serializers.CharField()
    sku = serializers.CharField()


class DifferingProductSerializer(ComparedProductSerializer):
    """A product that differs: theirs + since_change + unexplained = ours."""

    theirs = serializers.IntegerField()
    ours = serializers.IntegerField()
    difference = serializers.IntegerField(help_text="ours - theirs")
    since = ChangeSinceSerializer(many=True, help_text="The newest 20 changes that the other system has not seen.")
    since_change = serializers.IntegerField(help_text="The sum of all of them.")
    since_count = serializers.IntegerField(help_text="Their number.")
    unexplained = serializers.IntegerField(help_text="difference - since_change")


class MissingProductSerializer(ComparedProductSerializer):
    """A product with stock that the list does not have."""

    ours = serializers.IntegerField()


class UnknownLineSerializer(CachedFieldsSerializer):
    """A line that can't be compared."""

    line = serializers.IntegerField(help_text="In the request, counted from 0, or in the file, counted from 1.")
    field = serializers.CharField(help_text="What names the product, or the column of a malformed cell.")
    value = serializers.CharField(help_text="What the line has there. Empty if it names no product.")
    code = serializers.CharField(
        help_text="`product_not_found`, `product_archived`, `several_products`, `amount_too_fine`, `invalid`, …"
    )
    detail = serializers.CharField()


class SuspectSerializer(CachedFieldsSerializer):
    """An operation that may be the reason of what is unexplained of a product."""

    kind = serializers.ChoiceField(
        choices=KINDS,
        help_text="`booked_twice`: it repeats its `twin`. `not_applied`: its change is what is unexplained, as if the"
        " other system had not applied it. `applied_twice`: its change is the opposite, as if that had applied it twice"
        " or too early.",
    )
    product = serializers.IntegerField()
    operation = serializers.IntegerField()
    reason = serializers.CharField()
    reference = serializers.CharField()
    change = serializers.IntegerField()
    unexplained = serializers.IntegerField()
    timestamp = serializers.DateTimeField(help_text="When it was recorded.")
    twin = serializers.IntegerField(allow_null=True, help_text="The operation that was booked before it.")


class ComparisonTotalsSerializer(CachedFieldsSerializer):
    """The numbers of all rows, also of those that the lists do not have."""

    products = serializers.IntegerField(help_text="Products of the list that were compared.")
    differ = serializers.IntegerField()
    explained = serializers.IntegerField(help_text="Of these, with nothing unexplained.")
    unexplained = serializers.IntegerField()
    unknown = serializers.IntegerField()
    missing = serializers.IntegerField()
    without_quantity = serializers.IntegerField(help_text="Products of a file whose cell of the quantity is empty.")


@extend_schema_serializer(component_name="Comparison")
class ComparisonResultSerializer(CachedFieldsSerializer):
    """The comparison of a list with the stock."""

    source = serializers.CharField()  # type: ignore[assignment]
    of = serializers.ChoiceField(choices=COMPARED)
    position = serializers.IntegerField(allow_null=True)
    as_of = serializers.DateTimeField(allow_null=True)
    agree = serializers.IntegerField(help_text="Products with equal quantities, and nothing that says otherwise.")
    differ = DifferingProductSerializer(many=True, help_text="The first 1000, the largest `unexplained` first.")
    unknown = UnknownLineSerializer(many=True, help_text="The first 1000.")
    missing = MissingProductSerializer(many=True, help_text="The first 1000.")
    suspects = SuspectSerializer(many=True)
    totals = ComparisonTotalsSerializer()
