"""The bodies of reservations and of the requests that make, change, fulfil and extend them."""

from typing import Any

from rest_framework import serializers

from core.fields import AmountOf, DateField, OptionalBooleanField, SumField, WholeNumberField
from core.lists.serialization import get_row_serializer
from core.model_fields import MetadataField
from core.serializers import CachedFieldsSerializer, CleanModelSerializer, example
from records.contacts.serializers import ContactField
from stock.booking.drafts import BookingLine
from stock.booking_fields import ExpectedUpdatedAtField, OccurredAtField, RemarksSerializer
from stock.line_fields import (
    GoodsPriceField,
    GoodsSerializer,
    LineAmountField,
    LineQuantityField,
    LinesField,
    ProductReferenceSerializer,
    check_prices,
    require_whole_price,
)
from stock.models import MovementType
from stock.serializers import OperationSerializer
from trade.customers.models import Customer
from trade.reservations.models import Reservation, ReservationLine, ReservationState
from trade.reservations.reading import attach_reservation_lines
from trade.reservations.services import DEFAULT_SECONDS, MAX_LINES, MAX_SECONDS, MIN_SECONDS
from trade.selling.fields import DiscountSerializer, MoneyOfSaleSerializer, PriceOfLineField, make_goods_fields
from trade.selling.goods import list_kinds

DAY = 24 * 60 * 60
IS_NET = "Whether the kept price is without VAT. Null: as the prices of the shop."


class DurationField(WholeNumberField):
    """Seconds until a reservation expires; null if it does not."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(allow_null=True, min_value=MIN_SECONDS, max_value=MAX_SECONDS, initial=DAY, **kwargs)


class PricedLineSerializer(GoodsSerializer, ProductReferenceSerializer):
    """A product, how much of it to reserve, or to sell from the reservation, and the price of one."""

    quantity = LineQuantityField()
    amount = LineAmountField()
    unit_price = GoodsPriceField(
        required=False,
        allow_null=True,
        help_text="What one unit is sold for. By default the product's `price` on the day of the sale.",
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        return require_whole_price(self, super().validate(attrs), attrs["product_reference"], "unit_price")

    @staticmethod
    def make_line(values: dict[str, Any]) -> BookingLine:
        return BookingLine(
            values["product_reference"], MovementType.OUT, values["quantity"],
            unit_price=values.get("unit_price"), total=values.get("total"), parts=values.get("parts") or (),
        )  # fmt: skip


class ReservedLineSerializer(PricedLineSerializer):
    """A product or kits, how much of it to reserve, and the price of one. The price of kits is fixed from then on."""

    names_goods = True
    vars().update(make_goods_fields("In place of a product: the id of a {kind}.", has_parts=True))


class FulfilledLineSerializer(PricedLineSerializer):
    """A product, how much of it to sell from the reservation, and the price of one or of all."""

    total = PriceOfLineField()

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        return check_prices(super().validate(attrs))


class ReservedLinesField(LinesField):
    """The lines of a reservation."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(ReservedLineSerializer, max_length=MAX_LINES, **kwargs)

    def get_attribute(self, instance: Reservation) -> list[dict[str, Any]]:
        """Return the lines as a client sends them, for the form of PATCH."""
        [reservation] = attach_reservation_lines([instance])
        goods = [
            {
                **one.named,
                "quantity": one.quantity,
                "unit_price": str(one.unit_price),
                "parts": [{"product": product, "quantity": each} for product, each in one.parts],
            }
            for one in reservation.goods
        ]
        return goods + [
            {"product": line.product_id, "quantity": line.quantity}
            | ({"unit_price": str(line.unit_price)} if line.unit_price is not None else {})
            for line in reservation.shown
            if line.total is None
        ]

    def to_representation(self, data: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return data


class CustomerField(ContactField):
    """A customer by id. The service refuses an archived one."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(queryset=Customer.objects.all(), allow_null=True, required=False, **kwargs)


class OrderedFieldsSerializer(RemarksSerializer):
    """What a reservation or a quote says about what a customer orders."""

    customer = CustomerField(help_text="Who has ordered it.")
    discount = DiscountSerializer(
        required=False,
        allow_null=True,
        help_text="Of all lines, when they are handed out. An amount is at most their sum.",
    )
    metadata = MetadataField()


class OrderFieldsSerializer(OrderedFieldsSerializer):
    """What a reservation says about the order of a customer."""

    wanted_on = DateField(
        required=False,
        allow_null=True,
        help_text="The day on which the customer wants it, today or later. The reservation lasts until then at least.",
    )


@example(
    lines=[{"product": 1, "quantity": 2, "unit_price": "22.00"}, {"sku": "TEA-EARL", "quantity": 1}],
    expires_in=None,
    reference="cart 7731",
    wanted_on="2030-12-04",
)
class ReserveSerializer(OrderFieldsSerializer):
    """1 to 500 lines, of which all are reserved or none. Each product is in one line."""

    lines = ReservedLinesField()
    expires_in = DurationField(
        required=False,
        help_text=f"Seconds until it expires. By default {DEFAULT_SECONDS}; null, and by default with `wanted_on`:"
        " until it is released.",
    )


@example(lines=[{"product": 1, "quantity": 3}], wanted_on="2030-12-05")
class ChangeReservationSerializer(OrderFieldsSerializer):
    """What changes of an open reservation. Fields that are not sent stay as they are."""

    lines = ReservedLinesField(required=False, help_text="They replace all present lines.")
    expected_updated_at = ExpectedUpdatedAtField()


@example(reference="till 118")
class FulfilSerializer(MoneyOfSaleSerializer, RemarksSerializer):
    """What to sell: by default all that is reserved. Reference and note are by default those of the reservation.

    So is the discount: null takes none. Of an amount, the sale takes the part that its lines have of the order's sum.
    """

    lines = LinesField(
        FulfilledLineSerializer,
        max_length=MAX_LINES,
        required=False,
        help_text="By default all that is reserved. The rest is released, unless `keep_rest` is true.",
    )
    keep_rest = OptionalBooleanField(
        required=False, help_text="Reserve the rest again, as a new reservation until the same time."
    )
    occurred_at = OccurredAtField()
    expected_updated_at = ExpectedUpdatedAtField()


@example(expires_in=3600)
class ExtendSerializer(CachedFieldsSerializer):
    expires_in = DurationField(help_text="Seconds from now until it expires; null: until it is released.")


class ReservationLineSerializer(CleanModelSerializer):
    """A reserved product."""

    product = serializers.IntegerField(source="product_id")
    product_name = serializers.CharField(source="said.name")
    sku = serializers.CharField(source="said.sku")
    amount = AmountOf(decimals="product.decimals")
    unit = serializers.CharField(source="said.unit")
    is_kept = serializers.BooleanField(
        help_text="Whether the name, the SKU and the unit are those with which it was reserved. If not, they are the"
        " product's present ones: in reservations of release 1.1.0."
    )

    class Meta:
        model = ReservationLine
        fields = (
            "product",
            "product_name",
            "sku",
            "quantity",
            "amount",
            "unit",
            "unit_price",
            "total",
            "price_from",
            "is_net",
            "is_kept",
        )
        read_only_fields = fields
        extra_kwargs = {
            "unit_price": {"help_text": "Null without a `total`: the price that applies on the day of the sale."},
            "is_net": {"help_text": IS_NET},
            "price_from": {"help_text": "What made a price that the line keeps. Null: somebody has typed it."},
            "total": {"help_text": "Of a part of a kit: its share of the price of the kits. Else null."},
        }


class FulfilledSerializer(OperationSerializer):
    """The sale that has fulfilled a reservation, and the id of the reservation that keeps the rest."""

    kept = serializers.IntegerField(allow_null=True, help_text="Null if nothing is left, or the rest was released.")

    class Meta(OperationSerializer.Meta):
        fields = (*OperationSerializer.Meta.fields, "kept")


class DiscountOfOrderSerializer(CachedFieldsSerializer):
    """A discount: one of these; the other is null."""

    percent = SumField(allow_null=True)
    amount = SumField(allow_null=True)


class ReservationSerializer(CleanModelSerializer):
    """A reservation with its lines, in the order of the request."""

    state = serializers.ChoiceField(
        choices=ReservationState.choices,
        help_text="`expired` follows from the clock: from `expires_at` on, nothing is reserved.",
    )
    customer = serializers.IntegerField(source="customer_id", allow_null=True)
    customer_name = serializers.CharField(allow_null=True)
    continues = serializers.IntegerField(
        source="continues_id", allow_null=True, help_text="The reservation of which this one keeps the rest."
    )
    made_by = serializers.IntegerField(source="made_by_id")
    operation = serializers.IntegerField(
        source="operation_id", allow_null=True, help_text="The sale that fulfilled it."
    )
    quote = serializers.IntegerField(allow_null=True, help_text="The quote that the customer has accepted.")
    discount = DiscountOfOrderSerializer(allow_null=True, help_text="Of the sale that hands it out.")
    metadata = MetadataField()
    lines = ReservationLineSerializer(many=True, source="shown")
    vars().update({kind.names: kind.reserved_serializer(many=True, source="goods") for kind in list_kinds()})

    class Meta:
        model = Reservation
        fields = (
            "id", "number", "state", "customer", "customer_name", "wanted_on", "expires_at", "reference", "note",
            "made_by", "made_by_username", "created_at", "updated_at", "operation", "continues", "quote", "discount",
            "metadata", "lines",
            *(kind.names for kind in list_kinds()),
        )  # fmt: skip
        read_only_fields = fields
        extra_kwargs = {
            "expires_at": {"help_text": "Null: it is reserved until it is released."},
            "number": {"help_text": "1, 2, 3 and so on in the shop."},
        }

    def to_representation(self, instance: Reservation) -> dict[str, Any]:
        """Return the reservation as a dict. The lines skip their serializer, which is slow."""
        [reservation] = get_row_serializer(ReservationSerializer).serialize_objects([instance])
        lines = get_row_serializer(ReservationLineSerializer).serialize_objects(instance.shown)
        for kind in list_kinds() if instance.goods else ():
            own = [one for one in instance.goods if one.kind == kind.name]
            reservation[kind.names] = kind.reserved_serializer(own, many=True).data
        return {**reservation, "lines": lines}
