"""The bodies of requests that write, send and receive orders."""

from typing import Any

from rest_framework import serializers

from core.examples import example
from core.fields import DateField, OptionalBooleanField, QuantityField, WholeNumberField
from core.http.browser_forms import is_session_form
from core.serializers import CachedFieldsSerializer
from products.serializers import PriceField, SupplierField
from purchasing.lines import MAX_LINES, OrderedLine, ReceivedLine
from purchasing.models import Order, Receipt
from purchasing.reorder import DEFAULT_COVER, DEFAULT_DAYS, MAX_COVER, MAX_DAYS
from stock.booking_serializers import OccurredAtField, ProductReferenceSerializer, RemarksSerializer
from stock.line_fields import LinesField, PlaceSerializer, make_place

OUTSTANDING_PARAMETER = "_outstanding"  # in the address of the form that receives
NEEDS_SUGGESTED = "Send `suggested` with this."
NOTHING_RECEIVED = (
    'Write what has arrived: "Receive" on the page of the order fills in all that is outstanding. A line with 0 is left'
    " out."
)


class OrderedLineSerializer(ProductReferenceSerializer):
    """A product, and how much of it to order."""

    quantity = QuantityField(min_value=1, help_text="A whole number of the product's unit.")
    unit_cost = PriceField(
        required=False, allow_null=True, help_text="What one unit costs. By default the product's `cost_price`."
    )

    @staticmethod
    def make_line(values: dict[str, Any]) -> OrderedLine:
        return OrderedLine(values["product_reference"], values["quantity"], values.get("unit_cost"))


def is_left_out(line: Any) -> bool:
    """Return whether a line of a form has the quantity 0. A text instead of a line is refused later."""
    return isinstance(line, dict) and str(line.get("quantity")).strip() == "0"


class FilledLinesField(LinesField):
    """Lines of a form that the page may have filled. People remove a line by setting its quantity to 0."""

    def get_value(self, dictionary: Any) -> Any:
        """Read the lines. Only forms of the pages may have lines with quantity 0."""
        lines = super().get_value(dictionary)
        if not isinstance(lines, list) or not is_session_form(self.context["request"]):
            return lines
        return [line for line in lines if not is_left_out(line)] or serializers.empty


class OrderedLinesField(FilledLinesField):
    """The lines of an order."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(OrderedLineSerializer, max_length=MAX_LINES, **kwargs)

    def get_attribute(self, instance: Order) -> list[dict[str, Any]]:
        return [
            {
                "product": line.product_id,
                "quantity": line.quantity,
                "unit_cost": None if line.unit_cost is None else str(line.unit_cost),
            }
            for line in instance.lines.order_by("id")
        ]

    def to_representation(self, data: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return data


@example(
    supplier=1, lines=[{"product": 1, "quantity": 24, "unit_cost": "10.50"}, {"sku": "TEA-EARL", "quantity": 40}],
    reference="spring", note="Please deliver to the back door.",
)  # fmt: skip
class OrderDraftSerializer(RemarksSerializer):
    """An order to a supplier, of 1 to 500 lines. Each product is in one line."""

    supplier = SupplierField(allow_null=False, required=True)
    lines = OrderedLinesField()
    expected_on = DateField(
        required=False, allow_null=True, help_text="By default, sending sets it by the supplier's `lead_days`."
    )

    def get_fields(self) -> dict[str, serializers.Field]:
        """Return the fields, with the reference and the note at the end."""
        fields = super().get_fields()
        texts = {name: fields.pop(name) for name in ("reference", "note")}
        return {**fields, **texts}


class CreateOrderSerializer(OrderDraftSerializer):
    """A new order, of the lines that are sent or of what `/api/reports/reorder/` suggests for the supplier."""

    lines = OrderedLinesField(required=False, help_text="Required, unless `suggested` is true.")
    suggested = OptionalBooleanField(
        required=False,
        help_text="Order what is suggested for the supplier instead of `lines`: the first 500 products.",
    )
    days = WholeNumberField(
        required=False, min_value=1, max_value=MAX_DAYS,
        help_text=f"With `suggested`: the days of sales. By default {DEFAULT_DAYS}.",
    )  # fmt: skip
    cover = WholeNumberField(
        required=False, min_value=0, max_value=MAX_COVER,
        help_text=f"With `suggested`: the days that the delivery is to last. By default {DEFAULT_COVER}.",
    )  # fmt: skip

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Raise ValidationError unless either the lines are given or `suggested` is true."""
        is_suggested = attrs.pop("suggested", False)
        if not is_suggested:
            only_suggested = {name: [NEEDS_SUGGESTED] for name in ("days", "cover") if name in attrs}
            missing = {} if "lines" in attrs else {"lines": [self.error_messages["required"]]}
            if errors := missing | only_suggested:
                raise serializers.ValidationError(errors)
        elif "lines" in attrs:
            raise serializers.ValidationError({"suggested": ["Send either `lines` or `suggested`."]})
        return attrs


@example(mail=False)
class SendSerializer(CachedFieldsSerializer):
    """How an order is sent."""

    expected_on = DateField(
        required=False,
        allow_null=True,
        help_text="When it will arrive. By default the day of the draft, else today and the supplier's `lead_days`.",
    )
    mail = OptionalBooleanField(required=False, help_text="Mail the order to the supplier's `contact_email`.")


class ReceivedLineSerializer(PlaceSerializer, ProductReferenceSerializer):
    """A product of the order, how much of it has arrived, and where it was put."""

    quantity = QuantityField(min_value=1, help_text="A whole number of the product's unit.")
    unit_cost = PriceField(
        required=False, allow_null=True, help_text="What one unit has cost. By default the cost of the order's line."
    )

    @staticmethod
    def make_line(values: dict[str, Any]) -> ReceivedLine:
        return ReceivedLine(
            values["product_reference"], values["quantity"], values.get("unit_cost"), make_place(values)
        )


class ExpectedDeliveriesField(QuantityField):
    """The number of deliveries of the order. A form that is filled with the outstanding quantities sends it."""

    def get_initial(self) -> int | None:
        """Return the number.

        It is read before the lines, so that a delivery between the two reads makes the service refuse the form.
        """
        request, view = self.context["request"], self.context["view"]
        if OUTSTANDING_PARAMETER not in request.query_params:
            return None
        return Receipt.objects.for_user(request.user).filter(order_id=view.kwargs["pk"]).count()


@example(lines=[{"product": 1, "quantity": 12, "unit_cost": "10.40"}], reference="delivery note 2210")
class ReceiveSerializer(RemarksSerializer):
    """What has arrived: by default all that is outstanding. Reference and note are by default those of the order."""

    lines = FilledLinesField(
        ReceivedLineSerializer,
        max_length=MAX_LINES,
        required=False,
        help_text="A line may have more than was ordered. A program that sends no lines books all that is outstanding.",
    )
    occurred_at = OccurredAtField(required=False, allow_null=True, help_text="By default now.")
    expected_deliveries = ExpectedDeliveriesField(
        required=False,
        help_text="How many `operations` the order had when it was read. With another number, refused with 409.",
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Raise ValidationError for a form of the pages without lines, because the user has removed all of them."""
        if "lines" not in attrs and is_session_form(self.context["request"]):
            raise serializers.ValidationError({"lines": [NOTHING_RECEIVED]})
        return attrs
