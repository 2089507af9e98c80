"""Lists from the database to JSON without the objects in between: a page of fifty rows needs no models."""

import functools
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from operator import attrgetter
from typing import Any

from django.db.models import QuerySet
from rest_framework import mixins, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from inventory_api.fields import OwnedRelatedField


class Rows:
    """A serializer's fields as columns, written as the serializer itself would write them.

    `Meta.columns` names the column of a field whose source is none: a property, or an object's name.
    """

    def __init__(self, serializer_class: type[serializers.Serializer]) -> None:
        named = getattr(getattr(serializer_class, "Meta", None), "columns", {})
        fields = serializer_class()._readable_fields
        self.fields = [(name, named.get(name) or column_of(field)) for field in fields if (name := field.field_name)]
        self.columns = list(dict.fromkeys(column for _, column in self.fields))

    def read(self, queryset: QuerySet) -> QuerySet:
        return queryset.values(*self.columns)

    def of_queryset(self, queryset: QuerySet) -> list[dict[str, Any]]:
        return [self.written(row) for row in self.read(queryset)]

    def of_objects(self, objects: Iterable[Any]) -> list[dict[str, Any]]:
        """The same of objects that are there already."""
        read = attrgetter(*(column.replace("__", ".") for column in self.columns))
        return [self.written(dict(zip(self.columns, read(one), strict=True))) for one in objects]

    def written(self, row: Mapping[str, Any]) -> dict[str, Any]:
        values = {column: WRITTEN.get(type(row[column]), as_it_is)(row[column]) for column in self.columns}
        return {name: values[column] for name, column in self.fields}


def column_of(field: serializers.Field) -> str:
    column = "__".join(field.source_attrs)
    return f"{column}_id" if isinstance(field, OwnedRelatedField) else column


def as_it_is(value: Any) -> Any:
    return value


def utc(moment: datetime) -> str:
    """The time as REST framework writes it; the database answers in UTC."""
    return moment.isoformat().replace("+00:00", "Z")


WRITTEN: dict[type, Callable[[Any], Any]] = {datetime: utc, Decimal: str}
rows_of = functools.cache(Rows)


class ListRowsMixin(mixins.ListModelMixin):
    """A list of rows, a page at a time."""

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return self.listed(self.get_queryset(), self.get_serializer_class())  # type: ignore[attr-defined]

    def listed(self, queryset: QuerySet, serializer_class: Any) -> Response:
        rows = rows_of(serializer_class)
        page = self.paginate_queryset(rows.read(self.filter_queryset(queryset)))  # type: ignore[attr-defined]
        return self.get_paginated_response([rows.written(row) for row in page])  # type: ignore[attr-defined,no-any-return]
