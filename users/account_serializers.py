"""The body of the shop's settings, with its codes of scales: which EAN-13 have a weight or a price inside.

The codes of scales are a list in JSON, and lines such as `23: 5, 3, weight` in the form.
"""

import re
from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.utils.translation import gettext, gettext_lazy
from rest_framework import serializers
from rest_framework.fields import get_error_detail

from core.company_fields import OF_SHOP, CountryField, ListedTextField, make_company_field
from core.fields import (
    MAX_QUOTED_LENGTH,
    ChoiceField,
    DateField,
    LongTextField,
    OptionalBooleanField,
    TextField,
    WholeNumberField,
)
from core.money.currencies import CURRENCIES, refuse_too_fine
from core.serializers import CachedFieldsSerializer, LinesOrListSerializer, describe_list_errors, example
from core.texts.locales import name_zones
from core.time_zones import DEFAULT_ZONE, list_zones
from users.hooks import ACCOUNT_FIELDS
from users.models import (
    LABEL_CODES,
    LABEL_SIZES,
    MAX_INVOICE_DAYS,
    MAX_RECEIPT_NOTE_LENGTH,
    MAX_SHOP_ADDRESS_LENGTH,
    MAX_SHOP_NAME_LENGTH,
    MAX_TAX_NUMBER_LENGTH,
    SWITCHED,
    SWITCHES,
    CSVFormat,
    User,
)
from users.serializers import LanguageField, RegisterSerializer

MAX_SCALE_CODES = 20
LENGTH = 13  # of an EAN, with its check digit
MIN_VALUE_DIGITS = 3
WEIGHT, PRICE = HOLDS = ("weight", "price")
PRICE_PLACES = 2
LINE = re.compile(r"(?P<prefix>[0-9]+) ?: ?(?P<digits>[0-9]+) ?, ?(?P<places>[0-9]+)(?: ?, ?(?P<holds>\w+))?", re.ASCII)


def parse_scale_codes(text: str) -> list[dict[str, Any]]:
    """Return the rows of the lines that are not empty. A line of another form is a row that is refused."""
    lines = [" ".join(line.split()) for line in text.splitlines()]
    found = [(LINE.fullmatch(line), line) for line in lines if line]
    return [
        {name: value for name, value in match.groupdict().items() if value} if match else {"line": line}
        for match, line in found
    ]


def write_scale_codes(rows: Iterable[Mapping[str, Any]]) -> str:
    return "\n".join(map(write_scale_code, rows))


def write_scale_code(row: Mapping[str, Any]) -> str:
    return "{prefix}: {digits}, {places}, {holds}".format_map(row)


class ScaleCodeListSerializer(LinesOrListSerializer):
    """The codes of scales of a shop. No two of them fit to one code."""

    parse_lines = staticmethod(parse_scale_codes)
    default_error_messages = {"unclear": gettext_lazy("A code can begin with both {first} and {second}.")}

    def to_internal_value(self, data: Any) -> Any:
        """Return the rows. Raise ValidationError with a text for each wrong one."""
        try:
            rows = super().to_internal_value(data)
        except serializers.ValidationError as error:
            raise serializers.ValidationError([*describe_list_errors(error.detail)]) from None
        prefixes = sorted(row["prefix"] for row in rows)
        for first, second in pairwise(prefixes):
            if second.startswith(first):
                self.fail("unclear", first=first, second=second)
        return rows

    def run_child_validation(self, data: Any) -> Any:
        """Validate the row as a whole even in a PATCH, because the list replaces all rows."""
        return ScaleCodeSerializer().run_validation(data)


@example(prefix="23", digits=5, places=3, holds=WEIGHT)
class ScaleCodeSerializer(CachedFieldsSerializer):
    """EAN-13 that begin with the prefix have the number of an article and a weight or price inside."""

    prefix = TextField(
        max_length=3,
        validators=[RegexValidator(r"\A[0-9]+\Z", gettext_lazy("Enter digits."))],
        help_text="The first 1 to 3 digits, mostly 20 to 29.",
    )
    digits = WholeNumberField(min_value=1, max_value=8, help_text="Of the number of the article, after the prefix.")
    places = WholeNumberField(
        min_value=0,
        max_value=5,
        help_text="The decimals of the weight or price, which are the digits from there to the check digit.",
    )
    holds = ChoiceField(choices=HOLDS, default=WEIGHT, help_text="`weight`: an amount in the product's unit.")

    default_error_messages = {
        "line": gettext_lazy('"{line}" is not a line such as {example}.'),
        "long": gettext_lazy("After {prefix}, at most {limit} digits can be those of the article."),
        "fine": gettext_lazy("A price has at most {limit} decimals."),
    }

    class Meta:
        list_serializer_class = ScaleCodeListSerializer

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping) and "line" in data:
            line, shown = str(data["line"])[:MAX_QUOTED_LENGTH], f"23: 5, 3, {WEIGHT}"
            raise serializers.ValidationError(self.describe("line", line=line, example=shown))
        return super().to_internal_value(data)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Raise ValidationError if too few digits remain for the weight or price, or a price has parts of a cent."""
        limit = LENGTH - 1 - MIN_VALUE_DIGITS - len(attrs["prefix"])
        if attrs["digits"] > limit:
            raise serializers.ValidationError(self.describe("long", prefix=attrs["prefix"], limit=limit))
        if attrs["holds"] == PRICE and attrs["places"] > PRICE_PLACES:
            raise serializers.ValidationError(self.describe("fine", limit=PRICE_PLACES))
        return {name: attrs[name] for name in ("prefix", "digits", "places", "holds")}

    def describe(self, name: str, **values: Any) -> dict[str, list[str]]:
        """Return the error of the row by its name in `default_error_messages`."""
        return {"non_field_errors": [str(self.error_messages[name]).format(**values)]}


class TimeZoneField(ListedTextField):
    words = list_zones()
    default_error_messages = {"unlisted": gettext_lazy('"{input}" is not a time zone of the IANA database.{hint}')}

    def name_words(self) -> dict[str, str]:
        user = getattr(self.context.get("request"), "user", None)
        names, present = name_zones(), getattr(user, "shop_zone", DEFAULT_ZONE)
        return names if present in names else {present: present, **names}  # an alias that a program has set


class CurrencyField(ListedTextField):
    """A currency with at most two decimals, or the one that the shop has already."""

    words = CURRENCIES
    default_error_messages = {"unlisted": gettext_lazy('"{input}" is not a currency code of ISO 4217.{hint}')}

    def to_internal_value(self, data: Any) -> str:
        currency = super().to_internal_value(data)
        if currency != getattr(self.parent.instance, "currency", ""):
            try:
                refuse_too_fine(currency)
            except ValidationError as error:
                raise serializers.ValidationError(get_error_detail(error)) from None
        return currency


class UsesSerializer(CachedFieldsSerializer):
    """What the pages of a shop show: `on`, `off`, or `auto`, which is once the shop has a row of it."""

    def get_fields(self) -> dict[str, Any]:
        return {name: ChoiceField(choices=SWITCHES, required=False) for name in SWITCHED}

    def to_representation(self, shop: Any) -> dict[str, str]:
        return shop.list_switches()  # type: ignore[no-any-return]

    def to_internal_value(self, data: Any) -> Any:
        """Return the switches. Raise ValidationError for an unknown name."""
        unknown = data.keys() - self.fields.keys() if isinstance(data, Mapping) else ()
        if unknown:
            raise serializers.ValidationError(
                {name: [gettext("Nothing with this name can be switched.")] for name in unknown}
            )
        switched = super().to_internal_value(data)
        own = {"uses_payments": switched.pop("payments")} if "payments" in switched else {}
        return {**own, "uses": switched} if switched else own


@example(name="Tea & Kettles", time_zone="Europe/Vienna", currency="EUR", csv="european")
class AccountSerializer(CachedFieldsSerializer):
    """The settings of a shop."""

    name = TextField(source="shop_name", max_length=MAX_SHOP_NAME_LENGTH, allow_blank=True, required=False)
    time_zone = TimeZoneField(
        max_length=64, required=False, help_text="IANA name, Europe/Vienna for instance. Says which date is today."
    )
    currency = CurrencyField(
        max_length=3,
        required=False,
        allow_blank=True,
        help_text="ISO 4217 code, for pages and files. One with three decimals is refused. It is fixed from the first"
        " sale, closing, sent order or delivery with a cost.",
    )
    country = CountryField(
        max_length=2,
        required=False,
        allow_blank=True,
        help_text="ISO 3166 code. Several countries ask for a certified cash register: docs/payments.md.",
    )
    uses = UsesSerializer(
        source="*", required=False, help_text="What the pages show. Every route works for every shop."
    )
    owed_from = DateField(
        required=False,
        allow_null=True,
        help_text="Only sales of this day and later ones are in the accounts of customers. It is set when payments are"
        " switched on, and by the first payment. Null: none are.",
    )
    acknowledged = serializers.BooleanField(
        required=False,
        write_only=True,
        help_text="true: you know that this is no certified cash register. Needed to switch payments on where the"
        " country may ask for one.",
    )
    csv = ChoiceField(
        source="csv_format",
        label="Numbers in files",
        choices=CSVFormat.choices,
        required=False,
        help_text="How numbers are written in files. standard: `,` and 1.50. european: `;` and 1,50.",
    )
    language = LanguageField(
        source="shop_language",
        required=False,
        help_text="The language of the shop's pages: en, de, fr or es. People may choose another for themselves.",
    )
    scale_codes: Any = ScaleCodeSerializer(
        many=True,
        max_length=MAX_SCALE_CODES,
        required=False,
        help_text="Which EAN-13 have a weight or a price inside. No prefix is the beginning of another one.",
    )  # fmt: skip
    tiles = serializers.JSONField(read_only=True)  # an AccountField takes its place
    label_size = ChoiceField(
        choices=LABEL_SIZES, required=False, help_text="The size of labels that the page of labels offers first."
    )
    label_code = ChoiceField(
        choices=LABEL_CODES,
        required=False,
        help_text="The code of labels that this page offers first. auto: a barcode for an EAN, otherwise a QR code.",
    )
    workers_sell_at_list_price = serializers.BooleanField(
        required=False,
        help_text="true: workers and tills sell at the `price` of the product, without a discount.",
    )
    workers_date_back = serializers.BooleanField(
        required=False,
        help_text="false: workers book nothing that is older than 24 hours. Tills still send what they have sold.",
    )
    prices_include_tax = OptionalBooleanField(
        required=False,
        help_text="False if prices are net: sales add the VAT of their products to them. Sales keep how it was.",
    )
    address = LongTextField(
        source="shop_address",
        max_length=MAX_SHOP_ADDRESS_LENGTH,
        allow_blank=True,
        required=False,
        help_text="The address of the shop, for receipts.",
    )
    tax_number = TextField(
        max_length=MAX_TAX_NUMBER_LENGTH,
        allow_blank=True,
        required=False,
        help_text="The tax number or the number for VAT, for receipts.",
    )
    receipt_note = LongTextField(
        max_length=MAX_RECEIPT_NOTE_LENGTH,
        allow_blank=True,
        required=False,
        help_text="The last lines of a receipt, such as a greeting.",
    )
    vars().update({name: make_company_field(name, text) for name, text in OF_SHOP.items()})
    invoice_days = WholeNumberField(
        min_value=0, max_value=MAX_INVOICE_DAYS, required=False, help_text="In how many days an invoice is to be paid."
    )
    second_factor = ChoiceField(
        choices=["optional", "required"],
        required=False,
        help_text="required: everybody has to set up a second factor within 14 days.",
    )
    owner = serializers.IntegerField(source="leader_id", read_only=True, help_text="The id of the shop's owner.")

    class Meta:
        model = User  # its labels are those of the form

    def get_fields(self) -> dict[str, serializers.Field]:
        return {**super().get_fields(), **{one.name: one.make_field() for one in ACCOUNT_FIELDS}}


class OpenShopSerializer(RegisterSerializer):
    """The form that opens a shop: its owner, and the settings that it asks for."""

    shop_name = TextField(max_length=MAX_SHOP_NAME_LENGTH)
    time_zone = TimeZoneField(max_length=64)
    currency = CurrencyField(max_length=3, required=False, allow_blank=True)

    class Meta(RegisterSerializer.Meta):
        fields = ("shop_name", "time_zone", "currency", "username", "email", "password")
