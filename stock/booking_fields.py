"""What a request that books has beside its lines of goods: parts of kits, money and times."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError as DjangoValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers
from rest_framework.settings import api_settings

from core.errors import DomainError
from core.fields import (
    AmountField,
    ChoiceField,
    GoodsField,
    LongTextField,
    MoneyField,
    QuantityField,
    TextField,
    WholeNumberField,
)
from core.kinds import MAX_ID
from core.lists.filters import parse_instant
from core.serializers import CachedFieldsSerializer, example
from stock.booking.drafts import Discount, PartLine, PaymentDraft, get_remarks
from stock.line_fields import QUANTITY_HELP, SMALLEST, GoodsSerializer, ProductReferenceSerializer
from stock.models import MAX_NOTE_LENGTH, MAX_REFERENCE_LENGTH, PaymentKind
from trade.kits.errors import KitInKit
from trade.kits.models import MAX_PARTS


class PartSerializer(GoodsSerializer, ProductReferenceSerializer):
    """A part of a kit: one product, and its quantity in one kit."""

    kit_refusal: type[DomainError] = KitInKit
    quantity = QuantityField(min_value=1, required=False, help_text=QUANTITY_HELP)
    amount = GoodsField(min_value=SMALLEST)

    def to_internal_value(self, data: Any) -> PartLine:
        values = super().to_internal_value(data)
        return PartLine(values["product_reference"], values["quantity"])


def make_kit_field(**options: Any) -> WholeNumberField:
    return WholeNumberField(required=False, min_value=1, max_value=MAX_ID, **options)


def make_parts_field(**options: Any) -> serializers.BaseSerializer:
    """Return the field of the parts of one kit: 1 to MAX_PARTS products."""
    return PartSerializer(many=True, max_length=MAX_PARTS, **{"allow_empty": False, **options})


def make_own_parts_field() -> serializers.BaseSerializer:
    """Return the field of the parts of a kit in a line. An empty list counts as none: generated clients send it."""
    help_text = "Of a kit: all parts of one, if they are not the usual ones."
    return make_parts_field(required=False, allow_empty=True, help_text=help_text)


MAX_PAYMENTS = 20  # the most payments in one request
MIN_PAYMENT = Decimal("0.01")


class CostOfLineField(MoneyField):
    """What a whole line costs: an amount of money with two places."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            required=False, allow_null=True, max_digits=22, decimal_places=2, min_value=0,
            help_text="What the whole line costs, in place of `unit_cost`.", **kwargs,
        )  # fmt: skip


class PriceOfLineField(MoneyField):
    """What a whole line is sold for: an amount of money with two places."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            required=False, allow_null=True, max_digits=22, decimal_places=2, min_value=0,
            help_text="What the whole line is sold for, in place of `unit_price`.", **kwargs,
        )  # fmt: skip


def write_error(name: str, text: str) -> str:
    """Return the error of a part of an object, after the name of the part unless it is that of the whole object."""
    return text if name == api_settings.NON_FIELD_ERRORS_KEY else f"{name}: {text}"


class DiscountSerializer(CachedFieldsSerializer):
    """A discount of a whole sale: in percent of its sum, or an amount."""

    percent = AmountField(max_digits=5, decimal_places=2, max_value=100, min_value=0, required=False, allow_null=True)
    amount = MoneyField(max_digits=22, decimal_places=2, min_value=0, required=False, allow_null=True)

    def run_validation(self, data: Any = serializers.empty) -> Any:
        """Return the discount. Raise ValidationError with a list of texts, as other fields do."""
        try:
            return super().run_validation(data)
        except serializers.ValidationError as error:
            detail: Any = error.detail
            texts = [write_error(name, text) for name, found in detail.items() for text in found]
            raise serializers.ValidationError(texts) from None

    def validate(self, attrs: dict[str, Any]) -> Any:
        given = {name: value for name, value in attrs.items() if value is not None}
        if len(given) != 1:
            raise serializers.ValidationError(_("Give either percent or amount."))
        return Discount(**given)


class PaymentDraftSerializer(CachedFieldsSerializer):
    """A payment of a sale."""

    kind = ChoiceField(choices=PaymentKind.choices)
    amount = MoneyField(
        max_digits=22, decimal_places=2, min_value=MIN_PAYMENT, required=False, allow_null=True,
        help_text="By default all that is left.",
    )  # fmt: skip
    tendered = MoneyField(
        max_digits=22, decimal_places=2, min_value=0, required=False, allow_null=True,
        help_text="The cash that was handed over. The change is what is more than the amount.",
    )  # fmt: skip

    @staticmethod
    def make_payment(values: dict[str, Any]) -> PaymentDraft:
        return PaymentDraft(values["kind"], values.get("amount"), values.get("tendered"))


class PaymentsField(serializers.ListField):
    """The payments of a sale, in place of lines that are sent one by one. All are booked, or none."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(child=PaymentDraftSerializer(), max_length=MAX_PAYMENTS, required=False, **kwargs)

    def to_internal_value(self, data: Any) -> list[PaymentDraft]:
        return [*map(PaymentDraftSerializer.make_payment, super().to_internal_value(data))]


CLOCK_TOLERANCE = timedelta(minutes=5)
MAX_COUNT_AGE = timedelta(days=30)


class InstantField(serializers.DateTimeField):
    """A date or a time, as in the filters of lists."""

    def to_internal_value(self, value: Any) -> Any:
        try:
            return parse_instant(value if isinstance(value, str) else "")
        except DjangoValidationError as error:
            raise serializers.ValidationError(error.messages) from None


class ExpectedUpdatedAtField(InstantField):
    """The `updated_at` of the row that the client has read."""

    def __init__(self, **kwargs: Any) -> None:
        help_text = "Its `updated_at` when it was read. With another one now, refused with 409 `changed`."
        super().__init__(**{"required": False, "help_text": help_text, **kwargs})


class OccurredAtField(InstantField):
    """The time when a booking happened.

    A time at most CLOCK_TOLERANCE in the future becomes the present, because clocks differ.
    """

    default_error_messages = {"future": gettext_lazy("This is in the future.")}

    def to_internal_value(self, value: Any) -> Any:
        moment, now = super().to_internal_value(value), datetime.now(UTC)
        if moment > now + CLOCK_TOLERANCE:
            self.fail("future")
        return None if moment > now else moment


class CountedAtField(OccurredAtField):
    """The time when a product was counted, at most MAX_COUNT_AGE ago. The rules of `occurred_at` apply to it."""

    default_error_messages = {"too_old": gettext_lazy("This is more than {days} days ago.")}

    def to_internal_value(self, value: Any) -> Any:
        moment = super().to_internal_value(value)
        if moment is not None and moment < datetime.now(UTC) - MAX_COUNT_AGE:
            self.fail("too_old", days=MAX_COUNT_AGE.days)
        return moment


@example(note="Rung up twice")
class RemarksSerializer(CachedFieldsSerializer):
    """The texts that a user can add to a booking."""

    reference = TextField(max_length=MAX_REFERENCE_LENGTH, required=False, allow_blank=True)
    note = LongTextField(max_length=MAX_NOTE_LENGTH, required=False, allow_blank=True)


@extend_schema_serializer(component_name="Remarks")  # the name of release 1.0.0, which generated clients use
class ReverseSerializer(RemarksSerializer):
    archive_created = serializers.BooleanField(
        required=False,
        help_text="Archive what an import has created, too, if nothing else uses it. Works after a reversal as well.",
    )


@example(note="Wrong file")
class ImportUndoSerializer(RemarksSerializer):
    """The texts that a user can add to the undo of an import."""


def get_reversal_remarks(values: dict[str, Any]) -> dict[str, Any]:
    """Return the keyword arguments of undo_operation() in a validated body."""
    return {**get_remarks(values), "archive_created": values.get("archive_created", False)}
