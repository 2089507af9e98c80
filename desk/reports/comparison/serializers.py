"""The bodies of comparisons, which may be files of another system, and their responses."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from decimal import Decimal
from operator import attrgetter
from typing import Any

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers
from rest_framework.serializers import ValidationError

from core.fields import (
    MAX_QUANTITY,
    MAX_QUOTED_LENGTH,
    ChoiceField,
    GoodsField,
    TextField,
    WholeNumberField,
)
from core.http.browsers import is_session_form
from core.kinds import MAX_ID
from core.serializers import CachedFieldsSerializer, UnitSerializer, example
from core.time_zones import get_zone
from desk.reports.comparison.comparing import KINDS, Asked, TheirLine
from desk.reports.comparison.sql import AVAILABLE, COMPARED
from products.filing.cells import CellReader
from products.filing.columns import ProductColumn
from products.filing.errors import FileNotCompared, InvalidFile
from products.filing.files import open_rows
from products.filing.rows import QUANTITY, Rows
from products.filing.rules import GOODS, GOODS_MESSAGES, CellRule
from products.filing.serializers import MAPPING_DESCRIPTION, MAX_MAPPING_LENGTH
from products.filing.states import IGNORE, ZERO, Choices
from stock.booking.drafts import ProductReference
from stock.booking_fields import OccurredAtField
from stock.line_fields import GoodsSerializer, LineQuantityField, LinesField, ProductReferenceSerializer
from users.models import MAX_KEY_NAME_LENGTH

# The columns that name a product, and the fields of their references. Names of products do not: two may have one name.
NAMING = {"id": "product", "external_id": "external_id", "sku": "sku", "barcode": "barcode"}
CHOICES = Choices(no_price=ZERO, unknown=IGNORE)
# Shops that sell what is not there have quantities below 0.
SIGNED = CellRule(
    GoodsField(min_value=-MAX_QUANTITY, decimal_places=GOODS.field.decimal_places, error_messages=GOODS_MESSAGES),  # type: ignore[attr-defined]
    GOODS.plain,
)


@dataclass
class ListFile:
    """A file with a list: its `lines`, and those that can't be read, in the form of the response."""

    lines: list[TheirLine] = field(default_factory=list)
    wrong: list[dict[str, Any]] = field(default_factory=list)

    def refuse(self, line: int, reason: str, column: str = "", cell: str = "") -> None:
        said = {"code": "invalid", "detail": reason}
        self.wrong.append({"line": line, "field": column, "value": cell[:MAX_QUOTED_LENGTH], **said})


def read_list(file: Any, *, owner_id: int, mapping: str, decimal_sign: str) -> ListFile:
    """Return the lines of the file, of which an empty quantity is None.

    Raise FileNotCompared, TooManyRows, ImportRunning or TooManyWorkbooks.
    """
    try:
        rows = open_rows(file, owner_id=owner_id, mapping=mapping, decimal_sign=decimal_sign, choices=CHOICES)
        with closing(rows):
            return read_rows(rows)
    except InvalidFile as error:
        raise FileNotCompared(error.numbers["reason"], error.preview) from None


def read_rows(rows: Rows) -> ListFile:
    rows.reader.rules["quantity"] = SIGNED
    places = {column.name: (place, column) for place, column in rows.layout.at.items()}
    named = [(*places[name], of) for name, of in NAMING.items() if name in places]
    amounts = [(place, QUANTITY) for place in rows.layout.stocks]
    amounts = amounts or [places[name] for name in places if name == "quantity"]
    if not named or not amounts:
        raise InvalidFile(gettext("It needs a column with the quantity, and one of sku, barcode, external_id and id."))
    found = ListFile()
    for line, cells in rows.read_products(found.refuse, is_strict=False):
        references = [
            ProductReference(of, int(value) if of == "product" else value)
            for place, column, of in named
            for value in read_cells(rows.reader, found, line, [(place, column)], cells)
        ]
        quantities = list(read_cells(rows.reader, found, line, amounts, cells))
        is_wrong = bool(found.wrong) and found.wrong[-1]["line"] == line
        if not is_wrong:
            amount = sum(map(Decimal, quantities)) if quantities else None
            found.lines.append(TheirLine(line, references, amount))
    found.lines.sort(key=attrgetter("number"))
    return found


def read_cells(
    reader: CellReader, found: ListFile, line: int, places: list[tuple[int, ProductColumn]], cells: list[Any]
) -> Iterator[Any]:
    """Yield the values of the cells that are not empty. Refuse the line for a malformed one."""
    for place, column in places:
        cell = cells[place]
        if isinstance(cell, str) and reader.rules[column.name].plain.fullmatch(cell):
            if cell:
                yield cell
            continue
        try:
            value = reader.read(column, cell)
        except ValidationError as error:
            found.refuse(line, str(error.detail[0]), column.name, str(cell))  # type: ignore[index]
        else:
            if value not in (None, ""):
                yield value


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

    quantity = LineQuantityField(min_value=-MAX_QUANTITY)
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
