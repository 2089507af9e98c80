"""Serializer fields for all apps: clean text, strict numbers, and links within the caller's account."""

import re
from collections.abc import Callable
from contextvars import ContextVar
from datetime import date
from math import isclose
from typing import Any, NoReturn

from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet
from django.utils.translation import gettext, gettext_lazy
from drf_spectacular.utils import extend_schema_field
from rest_framework import fields, serializers
from rest_framework.fields import get_error_detail
from rest_framework.utils import html
from rest_framework.utils.formatting import lazy_format
from rest_framework.utils.html import is_html_input

from core.kinds import MAX_ID, parse_id
from core.money.amounts import write_amount
from core.money.currencies import check_decimals
from core.texts import cleaning
from core.texts.folding import make_key
from core.translation import gettext_noop

TOO_MUCH = gettext_noop("This is too high.")

MAX_QUANTITY = 1_000_000_000
MAX_QUOTED_LENGTH = 40  # the most characters of an invalid value that an error message quotes
INVALID_CHOICE = gettext_lazy('"{input}" is not one of {choices}.')
AMOUNT_CHARACTERS = re.compile(r"[\s0-9.eE+-]*", re.ASCII)
AMOUNT = {"type": "string", "pattern": r"^[0-9]{1,10}(\.[0-9]{1,2})?$", "example": "12.50"}
TWO_PLACES = {"type": "string", "pattern": r"^-?[0-9]+\.[0-9]{2}$", "example": "12.50"}
DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
FIRST_DAY = date(1900, 1, 1)
DATE_WITH_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{1,2}:[0-9]{2}")
FRACTION = re.compile(r"-?[0-9]{0,30}(?:\.|,(?![0-9]{3}$))(?=0*[1-9])[0-9]{1,30}", re.ASCII)  # 1,234 does not match
WHOLE_NUMBER = re.compile(r"-?[0-9]{1,30}(\.0*)?", re.ASCII)
AMOUNT_HELP = "In place of `quantity`: an amount in the product's unit, such as 0.250 of a kilogram."
AMOUNT_OF_HELP = "The quantity in the product's unit, such as `0.250`; null if it is the quantity."

# These fields of responses are costs.
COST_FIELDS = frozenset(
    {
        "cost_price", "stock_value", "value", "unit_cost", "cost", "average_cost", "value_at_cost",
        "products_without_cost", "margin", "extra_cost", "extra_costs",
    }
)  # fmt: skip
# Requests have fields whose names contain these: also unit_cost, cost and extra_costs.
SENT_COST_FIELDS = ("cost_price", 'cost"', 'costs"')

costs_are_shown: ContextVar[bool] = ContextVar("costs_are_shown", default=False)
show_costs = costs_are_shown.set  # makes the response to the current request show costs, or hide them
are_costs_shown = costs_are_shown.get


class TextOfRequest(lazy_format):
    """A text that is formatted in the language of each request. REST framework's class keeps its first result."""

    __slots__ = ()

    def __str__(self) -> str:
        return str(self.format_string).format(*self.args, **self.kwargs)


# REST framework's fields format the messages of their limits by it: "Ensure this value is less than or equal to 9."
fields.lazy_format = TextOfRequest  # type: ignore[attr-defined]


class TextField(serializers.CharField):
    """One line of text, such as a name or a code. Refuses numbers; the other rules are in `core.texts.cleaning`."""

    rule: Callable[[str, int], str] = staticmethod(cleaning.clean_line)

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        try:
            return self.rule(data, self.max_length or cleaning.MAX_TEXT_LENGTH)
        except ValidationError as error:
            raise serializers.ValidationError(get_error_detail(error)) from None

    def run_validation(self, data: Any = serializers.empty) -> Any:
        """Treat null as an empty text if the field accepts an empty text."""
        return super().run_validation("" if data is None and self.allow_blank else data)


class LongTextField(TextField):
    """Text of several lines, with tabs."""

    rule = staticmethod(cleaning.clean_paragraphs)

    def get_value(self, dictionary: Any) -> Any:
        """Return the value with CR LF converted to LF if it comes from a form, because browsers send CR LF."""
        value = super().get_value(dictionary)
        return value.replace("\r\n", "\n") if html.is_html_input(dictionary) and isinstance(value, str) else value


class EmailField(serializers.EmailField, TextField):
    """An e-mail address."""


class ChoiceField(serializers.ChoiceField):
    """One of a few words. The error for any other value quotes its beginning and lists the words."""

    default_error_messages = {"invalid_choice": INVALID_CHOICE}

    def fail(self, key: str, **kwargs: Any) -> NoReturn:
        quoted = str(kwargs.pop("input", ""))[:MAX_QUOTED_LENGTH]
        super().fail(key, choices=", ".join(map(str, self.choices)), input=quoted, **kwargs)


class OptionalBooleanField(serializers.BooleanField):
    """A boolean that is unchanged if a form omits it. REST framework's own field would set it to false."""

    default_empty_html = serializers.empty


class WholeNumberField(serializers.IntegerField):
    """An integer in ASCII digits; `int()` alone accepts `1_0` and digits of other scripts."""

    def to_internal_value(self, data: Any) -> int:
        if not is_scalar(data) or not WHOLE_NUMBER.fullmatch(str(data)):
            self.fail("invalid")
        return super().to_internal_value(data)


def is_scalar(data: Any) -> bool:
    """Return whether the value is a number or a text. Booleans, which are ints in Python, and files are neither."""
    return isinstance(data, int | float | str) and not isinstance(data, bool)


class IdField(WholeNumberField):
    """The id of a row."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_value=1, max_value=MAX_ID, **kwargs)


class QuantityField(WholeNumberField):
    """A number of whole base units, by default from 0 to 1,000,000,000."""

    default_error_messages = {
        "fraction": gettext_lazy(
            "Quantities are whole numbers: of pieces, or of grams if the product is sold by the kilogram."
        ),
    }

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"min_value": 0, "max_value": MAX_QUANTITY, **kwargs})

    def to_internal_value(self, data: Any) -> int:
        if is_scalar(data) and FRACTION.fullmatch(str(data)):
            self.fail("fraction")
        return super().to_internal_value(data)


@extend_schema_field(AMOUNT)
class AmountField(serializers.DecimalField):
    """A decimal number in ASCII digits; `Decimal()` alone accepts `1_0` and digits of other scripts."""

    default_error_messages = {
        "float": gettext_lazy('{number} has a binary rounding error: send it as the text "{rounded}".'),
    }

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, float) and self.decimal_places is not None:
            rounded = round(data, self.decimal_places)
            # 0.30000000000000004 differs from a decimal number only by binary rounding.
            if data != rounded and isclose(data, rounded, rel_tol=1e-12):
                self.fail("float", number=data, rounded=rounded)
        if not is_scalar(data) or not AMOUNT_CHARACTERS.fullmatch(str(data)):
            self.fail("invalid")
        amount = super().to_internal_value(data)
        return amount or abs(amount)  # -0 becomes 0, as in the database


@extend_schema_field(AMOUNT)
class MoneyField(AmountField):
    """An amount of money. People type it with the decimals of the shop's currency; programs always have two.

    In a currency without decimals it is whole, unless it is a cost, or is stored already.
    """

    may_be_part = False  # whether it may have decimals in each currency

    def to_internal_value(self, data: Any) -> Any:
        amount = super().to_internal_value(data)
        if amount % 1 and not self.may_be_part and (request := self.context.get("request")):
            try:
                check_decimals(amount, request.user.shop_currency)
            except ValidationError as error:
                if not is_stored(self, amount):
                    raise serializers.ValidationError(get_error_detail(error)) from None
        return amount


def is_stored(field: serializers.Field, value: Any) -> bool:
    """Return whether what the request changes has this amount or day already."""
    is_there = getattr(getattr(field.parent, "instance", None), str(field.field_name), None) == value
    return is_there or bool(field.context["view"].stores(field.field_name, str(value)))


@extend_schema_field(TWO_PLACES)
class SumField(serializers.DecimalField):
    """A sum of money of any size, or another number with two places. It is only read."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"max_digits": None, "decimal_places": 2, **kwargs})


AMOUNT_OF_GOODS = {"type": "string", "pattern": r"^[0-9]{1,10}(\.[0-9]{1,3})?$", "example": "0.250"}


@extend_schema_field(AMOUNT_OF_GOODS)
class GoodsField(AmountField):
    """An amount in the unit of a product, in place of a quantity, by default from 0 to 1,000,000,000.

    How many decimals it may have is checked when the product is known.
    """

    def __init__(self, **kwargs: Any) -> None:
        limits = {"min_value": 0, "max_value": MAX_QUANTITY, "max_digits": 16, "decimal_places": 6}
        super().__init__(**{"required": False, "allow_null": True, **limits, "help_text": AMOUNT_HELP, **kwargs})


@extend_schema_field({**AMOUNT_OF_GOODS, "nullable": True})
class AmountOf(GoodsField):
    """The quantity of a row as an amount, with the decimals of its product. Null for a product without decimals."""

    def __init__(self, quantity: str = "quantity", decimals: str = "decimals", **kwargs: Any) -> None:
        super().__init__(**{"read_only": True, "help_text": AMOUNT_OF_HELP, **kwargs})
        self.quantity, self.decimals = quantity, decimals

    def get_attribute(self, instance: Any) -> str | None:  # type: ignore[override]
        quantity, decimals = (
            fields.get_attribute(instance, name.split(".")) for name in (self.quantity, self.decimals)
        )
        return self.write(quantity, decimals)

    def to_representation(self, value: str) -> str:  # type: ignore[override]
        return value

    @staticmethod
    def write(quantity: int | None, decimals: int | None) -> str | None:
        return write_amount(quantity, decimals) if decimals and quantity is not None else None


class PartMixin:
    """A mixin for fields whose value is a part of the object `profile` of the row, which is None without any value."""

    absent: Any = None  # the value without the object

    def get_attribute(self, instance: Any) -> Any:
        profile = fields.get_attribute(instance, ["profile"])
        return self.absent if profile is None else profile[self.field_name]  # type: ignore[attr-defined]

    def to_representation(self, value: Any) -> Any:
        return value


class CostMixin:
    """A mixin for fields that are null for users who may not see costs."""

    def to_representation(self, value: Any) -> Any:
        return super().to_representation(value) if are_costs_shown() else None  # type: ignore[misc]


class CostField(CostMixin, MoneyField):
    """An amount that is a cost: what the shop pays for its goods."""

    may_be_part = True


class CostSumField(CostMixin, SumField):
    """A sum of costs."""


class CostCountField(CostMixin, serializers.IntegerField):
    """A number of rows that depends on costs, so it is hidden like costs."""


class DateField(serializers.DateField):
    """A date from 1900 on, as YYYY-MM-DD only. Django alone accepts `20261231`, week dates and other digits.

    An earlier one is nearly always a year of which somebody has typed two digits: a browser sends 26 as 0026. One that
    is stored already may be repeated.
    """

    default_error_messages = {
        "datetime": gettext_lazy("This is a day: leave the time of day out, as 2026-12-31."),
        "early": gettext_lazy("This is before 1900: write all four digits of the year."),
    }

    def to_internal_value(self, value: Any) -> Any:
        if isinstance(value, str) and DATE_WITH_TIME.match(value):
            self.fail("datetime")
        if not isinstance(value, str) or not DATE.fullmatch(value):
            self.fail("invalid", format="YYYY-MM-DD")
        day = super().to_internal_value(value)
        if day < FIRST_DAY and not self.may_be_early(day):
            self.fail("early")
        return day

    def may_be_early(self, day: date) -> bool:
        return "view" in self.context and is_stored(self, day)


class OwnedRelatedField(serializers.PrimaryKeyRelatedField):
    """The id of a row of the caller's account. Rows of other accounts count as nonexistent."""

    default_error_messages = {
        "does_not_exist": gettext_lazy("You have no {row} with the id {pk_value}."),
        "incorrect_type": gettext_lazy("Enter the id of one of your {rows}: a whole number."),
    }

    def fail(self, key: str, **kwargs: Any) -> NoReturn:
        """Raise the error, which names the kind of row and quotes at most MAX_QUOTED_LENGTH characters."""
        queryset: Any = self.queryset  # type: ignore[arg-type]
        options = queryset.model._meta
        quoted = str(kwargs.pop("pk_value", ""))[:MAX_QUOTED_LENGTH]
        row, rows = gettext(options.verbose_name), gettext(options.verbose_name_plural)
        super().fail(key, row=row, rows=rows, pk_value=quoted, **kwargs)

    def iter_options(self) -> Any:
        """Return a form's choices in alphabetical order."""
        return sorted(super().iter_options(), key=lambda option: make_key(str(option.display_text)))

    def get_queryset(self) -> QuerySet:
        rows: Any = super().get_queryset()
        return rows.for_user(self.context["request"].user)  # type: ignore[no-any-return]

    def to_internal_value(self, data: Any) -> Model:
        is_whole = isinstance(data, int | str) and re.fullmatch(r"[0-9]+", str(data), re.ASCII)
        if isinstance(data, bool) or not is_whole:
            self.fail("incorrect_type", data_type=type(data).__name__)
        row_id = parse_id(str(data))
        if row_id is None:
            self.fail("does_not_exist", pk_value=data)
        return super().to_internal_value(row_id)  # type: ignore[no-any-return]


def remove_costs(data: Any) -> int:
    """Set the costs in a response's data to None. Return how many there were."""
    if isinstance(data, list):
        return sum(map(remove_costs, data))
    if not isinstance(data, dict):
        return 0
    found = [name for name in COST_FIELDS & data.keys() if data[name] is not None]
    data.update(dict.fromkeys(found))
    return len(found) + sum(map(remove_costs, data.values()))


class ThresholdField(QuantityField):
    """A threshold or null. An empty text of a form that a program sends leaves the threshold as it is."""

    def get_value(self, dictionary: Any) -> Any:
        value = super().get_value(dictionary)
        return serializers.empty if value is None and is_html_input(dictionary) else value


class LinesField(serializers.ListField):
    """A list of texts. In a form, it is a text with one of them in each line."""

    def get_value(self, dictionary: Any) -> Any:
        if not html.is_html_input(dictionary):
            return super().get_value(dictionary)
        text = dictionary.get(self.field_name)
        return serializers.empty if text is None else [line for line in text.splitlines() if line.strip()]
