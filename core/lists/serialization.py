"""Serialize lists from columns, which is faster than from model instances, and omit the fields that are not wanted."""

import functools
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from operator import attrgetter, itemgetter
from typing import Any

from django.db.models import QuerySet
from rest_framework import serializers

from core.database.replicas import read
from core.fields import AmountOf, CostMixin, OwnedRelatedField, PartMixin, costs_are_shown

Row = dict[str, Any]  # a row as JSON has it
MAX_FORMS = 1000  # the limit in each process; a log has at most five forms for each page size


@dataclass(frozen=True)
class PreparedRows:
    """The rows of a log, with the methods of a queryset that LogPagination needs.

    The statement of a form of list is composed once, because composing it would take a quarter of a page's time.
    """

    # Returns the queryset for `numbers`, such as the owner's id. Each number must be a parameter of its statement.
    build_queryset: Callable[..., QuerySet]
    columns: tuple[str, ...]
    make_row: Callable[[tuple[Any, ...]], Row]  # returns the row with these values of the columns
    numbers: dict[str, int]
    ordering: str = ""
    position_lookup: str = ""

    def order_by(self, name: str) -> "PreparedRows":
        return replace(self, ordering=name)

    def filter(self, **position: int) -> "PreparedRows":
        """Return only the rows before or after a position."""
        [(lookup, number)] = position.items()
        return replace(self, position_lookup=lookup, numbers={**self.numbers, "position": number})

    def __getitem__(self, part: slice) -> list[Row]:
        form = self.build_queryset, self.columns, tuple(self.numbers), self.ordering, self.position_lookup
        statement, names = compose(*form, part.start, part.stop)
        return [self.make_row(values) for values in read(statement, [self.numbers[name] for name in names])]


@lru_cache(MAX_FORMS)
def compose(
    build_queryset: Callable[..., QuerySet],
    columns: tuple[str, ...],
    names: tuple[str, ...],
    ordering: str,
    position_lookup: str,
    start: int,
    stop: int,
) -> tuple[str, list[str]]:
    """Return the statement, and the names of the numbers that are its parameters, in their order."""
    # The ORM composes the statement for placeholders. They all differ, so each parameter shows which number it is.
    name_by_number = {-1 - place: name for place, name in enumerate(names)}
    numbers = {name: number for number, name in name_by_number.items()}
    position = {position_lookup: numbers.pop("position")} if position_lookup else {}
    queryset = build_queryset(**numbers).order_by(ordering).filter(**position).values(*columns)[start:stop]
    statement, parameters = queryset.query.sql_with_params()
    return statement, [name_by_number[number] for number in parameters]


class RowSerializer:
    """Serializes rows from columns. Rendered, the result equals that of the serializer class."""

    def __init__(self, serializer_class: type[serializers.Serializer]) -> None:
        # The columns of fields that are no columns, such as properties. `column.0` is the first value of an array.
        columns = getattr(getattr(serializer_class, "Meta", None), "columns", {})
        readable = list(serializer_class()._readable_fields)
        fields = [field for field in readable if not isinstance(field, PartMixin)]
        parts = {str(field.field_name): field.absent for field in readable if isinstance(field, PartMixin)}
        self.own_names = [name for field in fields if (name := field.field_name)]
        self.names = [*self.own_names, *parts]
        sources = [str(columns.get(field.field_name) or get_column(field)).partition(".") for field in fields]
        self.columns = [column for column, _, _ in sources]
        self.array_positions = [(at, int(index)) for at, (_, _, index) in enumerate(sources) if index]
        # The object of a PartMixin is read as the last column. Its fields are the last ones of the row.
        self.absent_parts = parts
        if parts:
            self.columns.append("profile")
        self.distinct_columns = tuple(dict.fromkeys(self.columns))
        self.get_values = itemgetter(*self.columns)
        self.get_attributes = attrgetter(*(column.replace("__", ".") for column in self.columns))
        self.amount_positions = [at for at, field in enumerate(fields) if not isinstance(field, WITHOUT_AMOUNT)]
        self.goods_positions = [
            (at, self.columns.index(field.quantity.replace(".", "__")))
            for at, field in enumerate(fields)
            if isinstance(field, AmountOf)
        ]
        self.cost_positions = [at for at, field in enumerate(fields) if isinstance(field, CostMixin)]
        self.list_positions = [at for at, field in enumerate(fields) if isinstance(field, serializers.ListSerializer)]

    def select_columns(self, queryset: QuerySet) -> QuerySet:
        """Return the queryset as dicts that have the columns for `serialize_row`."""
        return queryset.values(*self.distinct_columns)

    def serialize_queryset(self, queryset: QuerySet) -> list[Row]:
        return [self.serialize_row(row) for row in self.select_columns(queryset)]

    def serialize_objects(self, objects: Iterable[Any]) -> list[Row]:
        """Serialize model instances that have been loaded already."""
        return [self.build_row(self.get_attributes(one)) for one in objects]

    def serialize_row(self, row: Mapping[str, Any]) -> Row:
        return self.build_row(self.get_values(row))

    def build_row(self, values: Iterable[Any]) -> Row:
        formatted = list(values)
        for position, index in self.array_positions:
            formatted[position] = formatted[position][index]
        for position in self.amount_positions:
            if isinstance(formatted[position], Decimal):
                formatted[position] = str(formatted[position])
        for position, quantity in self.goods_positions:
            if decimals := formatted[position]:
                formatted[position] = AmountOf.write(formatted[quantity], int(decimals))
            else:
                formatted[position] = None
        if self.cost_positions and not costs_are_shown.get():
            for position in self.cost_positions:
                formatted[position] = None
        for position in self.list_positions:  # null in such a column means an empty array
            formatted[position] = formatted[position] or []
        if not self.absent_parts:
            return dict(zip(self.names, formatted, strict=True))
        profile = formatted.pop()
        row = dict(zip(self.own_names, formatted, strict=True))
        row.update(profile or self.absent_parts)
        return row


def get_column(field: serializers.Field) -> str:
    """Return the name of the column that a field reads, in the ORM's notation."""
    if isinstance(field, AmountOf):
        return field.decimals.replace(".", "__")
    column = "__".join(field.source_attrs)
    return f"{column}_id" if isinstance(field, OwnedRelatedField) else column


def format_utc(moment: datetime) -> str:
    """Return the time in the format of REST framework. The database returns UTC."""
    return moment.isoformat().replace("+00:00", "Z")


# The classes of fields that never have an amount. The renderer writes their values: the database returns times in UTC.
WITHOUT_AMOUNT = (
    AmountOf, serializers.BooleanField, serializers.CharField, serializers.ChoiceField, serializers.DateField,
    serializers.DateTimeField, serializers.IntegerField, serializers.PrimaryKeyRelatedField,
)  # fmt: skip
get_row_serializer = functools.cache(RowSerializer)


@functools.cache
def get_row_reader(
    serializer_class: type[serializers.Serializer], columns: tuple[str, ...]
) -> Callable[[Sequence[Any]], Row]:
    """Return a function that serializes a row from the values of these columns."""
    rows = get_row_serializer(serializer_class)
    if rows.columns == list(columns):
        return rows.build_row
    order_values = itemgetter(*map(columns.index, rows.columns))
    return lambda values: rows.build_row(order_values(values))
