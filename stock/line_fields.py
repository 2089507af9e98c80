"""The lines of a request that books or orders: the product and the place of a line, and the list of lines.

A form names the fields of a line `lines[0]sku`.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from itertools import chain
from typing import Any, NoReturn

from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.extensions import OpenApiSerializerFieldExtension
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.fields import get_error_detail
from rest_framework.serializers import as_serializer_error
from rest_framework.utils import html

from core.database.transactions import atomic
from core.errors import DomainError, QuantityAndAmount
from core.fields import DateField, GoodsField, IdField, QuantityField, TextField, is_stored
from core.model_fields import CodeField, ExternalIdField
from core.money.amounts import count_units
from core.money.currencies import check_decimals, find_charged_price
from core.serializers import CachedFieldsSerializer, PriceField
from stock.booking.drafts import PartLine, PlaceReference, ProductReference
from stock.booking.locks import ReferencedProducts
from stock.errors import CostTwice, InvalidLines, MalformedLine, PriceTwice
from stock.models import MAX_CODE_LENGTH, MAX_NAME_LENGTH, MovementType
from stock.places.look_ups import BOOKED_LOCATIONS
from trade.selling.goods import list_kinds

MAX_LINES = 1000
FORM_LINE = re.compile(r"(\w+)\[([0-9]{1,4})\](\w+)", re.ASCII)
QUANTITY_HELP = "A whole number of base units: of the product's unit or, with `decimals`, of its parts (grams)."
SMALLEST = Decimal("0.001")  # the least amount of a line
LOCATION_DESCRIPTION = (
    "The id of a location (an integer), or its name (text), ignoring case. By default none: stock that comes in is not"
    " held anywhere, and stock that goes out is taken in the order of the documentation."
)


def is_blank(value: Any) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


class ProductReferenceSerializer(CachedFieldsSerializer):
    """A reference to a product: exactly one of its id, sku, barcode and external_id. Codes ignore case."""

    product = IdField(required=False, help_text="Id of one of the products.")
    sku = TextField(
        required=False, allow_blank=True, max_length=64, label="SKU", help_text="In place of the id, ignoring case.",
    )  # fmt: skip
    barcode = TextField(required=False, allow_blank=True, max_length=64, help_text="In place of the id, ignoring case.")
    external_id = ExternalIdField(help_text="In place of the id: its id in another program, ignoring case.")

    reference_fields: tuple[str, ...] = ("product", "sku", "barcode", "external_id")
    names_goods = False  # whether it may name goods with parts, by the fields of make_goods_fields()
    instead: str = ""  # the field that may name the product in place of all of these
    refusals: Mapping[str, type[DomainError]] = {}  # of goods with parts, by the name of their kind

    def to_internal_value(self, data: Any) -> Any:
        """Add `product_reference`, which is None if the field `instead` names the product.

        Raise the errors of the reference together with those of the other fields, or one of the `refusals` for goods
        that the body can't name: by default the error of their kind.
        """
        is_object = isinstance(data, Mapping)
        names = self.reference_fields
        for kind in list_kinds() if is_object else ():
            if kind.name in data and not self.names_goods:
                raise self.refusals.get(kind.name, kind.not_here)(**{kind.name: data[kind.name]})
            names += (kind.name,) if kind.name in data else ()
        given = [name for name in names if is_object and not is_blank(data.get(name))]
        errors: dict[str, Any] = {
            name: [_("Give only one of product, sku, barcode and external_id.")] for name in given[1:]
        }
        is_named_instead = self.instead and is_object and not is_blank(data.get(self.instead))
        if is_object and not given and not is_named_instead:
            errors["product"] = [self.error_messages["required"]]
        try:
            values = super().to_internal_value(data)
        except serializers.ValidationError as error:
            raise serializers.ValidationError({**errors, **error.detail}) from None  # type: ignore[dict-item]
        if errors:
            raise serializers.ValidationError(errors)
        return {**values, "product_reference": ProductReference(given[0], values[given[0]]) if given else None}


class GoodsPriceField(PriceField):
    """The price of the goods that a line names. require_whole_price() checks its decimals when they are known."""

    may_be_part = True


def require_whole_price(
    line: Any, attrs: dict[str, Any], named: ProductReference | None, name: str = "price"
) -> dict[str, Any]:
    """Return the values of a line. Raise ValidationError for a price with decimals that the currency does not have.

    The goods may have this price already. The line of a sale may repeat what the request changes, and goods by weight
    may have a price at which they cost a whole amount: see find_charged_price().
    """
    price = attrs.get(name)
    if price is None:
        return attrs
    user = line.context["request"].user
    currency, is_sold = user.shop_currency, name == "unit_price"

    def may_cost(goods: Any) -> bool:
        decimals, units = getattr(goods, "decimals", 0), attrs.get("quantity", 0)
        units = count_units(units, decimals) or 0 if isinstance(units, Decimal) else units
        return goods.price == price or (is_sold and find_charged_price(units, price, decimals, currency) == price)

    try:
        check_decimals(price, currency)
    except ValidationError as error:
        rows = [one.model.objects.for_user(user) for one in list_kinds() if named and one.name == named.field]
        products = ReferencedProducts(user.account_id, [named] if named else []).products
        goods = chain(products, *(one.filter(pk=named.value) for one in rows if named))
        is_there = is_sold and is_stored(line.fields[name], price)
        if not is_there and not any(map(may_cost, goods)):
            raise serializers.ValidationError({name: get_error_detail(error)}) from None
    return attrs


class GoodsSerializer(CachedFieldsSerializer):
    """A body with the quantity of a product, or with its `amount` in place of it.

    The validated `quantity` is an int of base units, or the amount as a Decimal.
    """

    quantity_field = "quantity"
    amount_field = "amount"

    def to_internal_value(self, data: Any) -> Any:
        """Put the amount in the place of the quantity. Raise QuantityAndAmount, or ValidationError without either."""
        if type(data) is dict and self.quantity_field in data and self.amount_field not in data:
            return super().to_internal_value(data)
        is_missing = (
            isinstance(data, Mapping)
            and data.get(self.quantity_field, "") == ""
            and is_blank(data.get(self.amount_field))
        )
        missing = {self.quantity_field: [self.error_messages["required"]]} if is_missing else {}
        try:
            values = super().to_internal_value(data)
        except serializers.ValidationError as error:
            raise serializers.ValidationError({**missing, **error.detail}) from None  # type: ignore[dict-item]
        if missing:
            raise serializers.ValidationError(missing)
        amount = values.pop(self.amount_field, None)
        if amount is not None and self.quantity_field in values:
            raise QuantityAndAmount
        return values if amount is None else {**values, self.quantity_field: amount}


def check_prices(attrs: dict[str, Any]) -> dict[str, Any]:
    """Return the values of a line. Raise PriceTwice if they have the price of one unit and that of the line."""
    if attrs.get("unit_price") is not None and attrs.get("total") is not None:
        raise PriceTwice
    return attrs


def check_costs(attrs: dict[str, Any]) -> dict[str, Any]:
    """Return the values of a line. Raise CostTwice if they have the cost of one unit and that of the line."""
    if attrs.get("unit_cost") is not None and attrs.get("cost") is not None:
        raise CostTwice
    return attrs


class LineQuantityField(QuantityField):
    """The quantity of a line, which has this field or an amount."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"min_value": 1, "required": False, "help_text": QUANTITY_HELP, **kwargs})


LineAmountField = partial(GoodsField, min_value=SMALLEST)


class PartLineSerializer(GoodsSerializer, ProductReferenceSerializer):
    """A part of other goods: one product, and its quantity in one of them."""

    quantity = LineQuantityField()
    amount = LineAmountField()

    def to_internal_value(self, data: Any) -> PartLine:
        values = super().to_internal_value(data)
        return PartLine(values["product_reference"], values["quantity"])


# The schema gives no type, because client generators fail on a union of two types.
@extend_schema_field({"description": LOCATION_DESCRIPTION, "nullable": True})
class LocationField(serializers.Field):
    """A location by its id or its name. The service looks it up while the products are locked."""

    default_error_messages = {"invalid": gettext_lazy("Enter the id or the name of a location.")}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(allow_null=True, **kwargs)
        self.id_field = IdField()
        self.name_field = TextField(max_length=MAX_NAME_LENGTH, allow_blank=True)

    def to_internal_value(self, data: Any) -> int | str | None:
        """Return the id or the name, or None for a blank text."""
        if isinstance(data, str) and not self.is_id(data):
            name: str = self.name_field.run_validation(data)
            return name or None
        if isinstance(data, bool) or not isinstance(data, (int, str)):
            self.fail("invalid")
        number: int = self.id_field.run_validation(data)
        return number

    def is_id(self, text: str) -> bool:
        """Return whether the text is an id. A number in a form is an id unless a location has it as its name."""
        if not isinstance(getattr(self.root, "initial_data", None), QueryDict):
            return False
        is_number = text.isascii() and text.isdigit()
        return is_number and not BOOKED_LOCATIONS.has_name(self.context["request"].user, text)


LAST_DAY = "The last day on which the lot may be used."


class LotField(CodeField):
    """The code of a lot, ignoring case. A blank text or null means no lot."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, allow_blank=True, allow_null=True, max_length=MAX_CODE_LENGTH, **kwargs)


class PlaceSerializer(CachedFieldsSerializer):
    """The place of a line: a location, a lot, or both."""

    location = LocationField(required=False)
    lot = LotField(help_text="The code of a lot, ignoring case. Stock that comes in creates an unknown lot.")
    expires_on = DateField(
        required=False, allow_null=True, help_text=f"{LAST_DAY} For a known lot, it must be the date that it has."
    )

    def get_fields(self) -> dict[str, serializers.Field]:
        """Return the fields, with those of the place at the end: a form asks for the product and the quantity first."""
        fields = super().get_fields()
        places = {name: fields.pop(name) for name in ("location", "lot", "expires_on")}
        return {**fields, **places}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs.get("expires_on") and not attrs.get("lot"):
            raise serializers.ValidationError({"expires_on": [_("Give the lot that expires on this date.")]})
        if attrs.get("expires_on") and attrs.get("movement_type") == MovementType.OUT:
            raise serializers.ValidationError({"expires_on": [_("Only stock that comes in gives a lot its date.")]})
        return attrs


def make_place(values: dict[str, Any]) -> PlaceReference | None:
    """Return the place that the values of a line name, or None if they name no place."""
    location, lot = values.get("location"), values.get("lot")
    if location is None and not lot:
        return None
    return PlaceReference(location, lot or None, values.get("expires_on"))


@dataclass(frozen=True)
class ParsedLines:
    """The lines of a request: the valid lines in their order, and the errors of the malformed ones by index.

    It is not a list, so that no view passes the valid lines to a service and forgets the others.
    """

    valid: list[Any]
    malformed: dict[int, DomainError]


def call_service(
    service: Callable[..., Any], values: dict[str, Any], refusal: type[InvalidLines] = InvalidLines
) -> Any:
    """Call the service with the values of a request, of whose lines it gets the valid ones. Return its result.

    If other lines are malformed, undo what the service has done, and raise `refusal` with their errors and those of the
    lines that the service refuses.
    """
    lines: ParsedLines | None = values.get("lines")
    if lines is None:
        return service(**values)
    values = {**values, "lines": lines.valid}
    return refuse_lines(service, values, lines.malformed, refusal) if lines.malformed else service(**values)


@atomic
def refuse_lines(
    service: Callable[..., Any], values: dict[str, Any], malformed: dict[int, DomainError], refusal: type[InvalidLines]
) -> NoReturn:
    """Raise `refusal` with all errors of the request's lines, after calling the service for those of the valid ones.

    Other errors of the service are not raised: a sum of the valid lines alone can be less than a payment or a discount.
    """
    numbers = [number for number in range(len(malformed) + len(values["lines"])) if number not in malformed]
    try:
        service(**values)
    except InvalidLines as refused:
        malformed = malformed | {numbers[index]: error for index, error in refused.errors.items()}
    except DomainError as refused:
        raise refusal(malformed) from refused
    raise refusal(malformed)


class LinesField(serializers.ListField):
    """The lines of a request. A malformed line does not stop the validation, so the error can list all of them."""

    def __init__(self, line_serializer: type[Any], max_length: int = MAX_LINES, **kwargs: Any) -> None:
        child = UnvalidatedField(allow_null=True)
        super().__init__(child=child, min_length=1, max_length=max_length, **kwargs)
        self.line_class = line_serializer

    @cached_property
    def line_serializer(self) -> Any:
        """Return the serializer of the lines of this request."""
        return self.line_class(context=self.context)

    def get_value(self, dictionary: Any) -> Any:
        """Read the lines from JSON, or from form fields like `lines[0]sku`. Empty lines of a form are ignored."""
        if not html.is_html_input(dictionary):
            return super().get_value(dictionary)
        lines: dict[int, dict[str, Any]] = {}
        for name, value in dictionary.items():
            if (match := FORM_LINE.fullmatch(name)) and match[1] == self.field_name and not is_blank(value):
                lines.setdefault(int(match[2]), {})[match[3]] = value
        return [line for _, line in sorted(lines.items())] or dictionary.getlist(self.field_name) or serializers.empty

    def run_validation(self, data: Any = serializers.empty) -> ParsedLines:
        """Return the lines. Raise ValidationError before reading them if there are none or too many."""
        lines = ParsedLines([], {})
        for index, raw in enumerate(super().run_validation(data)):
            try:
                lines.valid.append(self.read_line(raw))
            except DomainError as error:
                lines.malformed[index] = error
        return lines

    def read_line(self, raw: Any) -> Any:
        """Return the line. Raise MalformedLine or another DomainError if it is not valid."""
        try:
            return self.line_serializer.make_line(self.line_serializer.run_validation(raw))
        except serializers.ValidationError as error:
            raise MalformedLine(errors=as_serializer_error(error)) from None


class LinesFieldSchema(OpenApiSerializerFieldExtension):  # type: ignore[no-untyped-call]
    """The schema of LinesField: a list of what its serializer describes."""

    target_class = LinesField
    match_subclasses = True

    def map_serializer_field(self, auto_schema: Any, direction: Any) -> Any:
        return auto_schema._map_serializer_field(self.target.line_class(many=True), direction)


class UnvalidatedField(serializers.Field):
    """Accepts any value: the serializer of the lines validates it later."""

    def to_internal_value(self, data: Any) -> Any:
        return data
