"""Lists from the database to JSON without the objects in between: a page of fifty rows needs no models."""

import functools
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from operator import attrgetter, itemgetter
from typing import Any

from django.db.models import QuerySet
from rest_framework import mixins, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from core.fields import OwnedRelatedField


class Rows:
    """A serializer's fields as columns, written as the serializer itself would write them.

    `Meta.columns` names the column of a field whose source is none: a property, or an object's name.
    """

    def __init__(self, serializer_class: type[serializers.Serializer]) -> None:
        named = getattr(getattr(serializer_class, "Meta", None), "columns", {})
        fields = list(serializer_class()._readable_fields)
        self.names = [name for field in fields if (name := field.field_name)]
        self.columns = [named.get(field.field_name) or column_of(field) for field in fields]
        self.values_of = itemgetter(*self.columns)

    def read(self, queryset: QuerySet) -> QuerySet:
        return queryset.values(*dict.fromkeys(self.columns))

    def of_queryset(self, queryset: QuerySet) -> list[dict[str, Any]]:
        return [self.written(row) for row in self.read(queryset)]

    def of_objects(self, objects: Iterable[Any]) -> list[dict[str, Any]]:
        """The same of objects that are there already."""
        read = attrgetter(*(column.replace("__", ".") for column in self.columns))
        return [self.named(read(one)) for one in objects]

    def written(self, row: Mapping[str, Any]) -> dict[str, Any]:
        return self.named(self.values_of(row))

    def named(self, values: Iterable[Any]) -> dict[str, Any]:
        written = [WRITTEN[kind](value) if (kind := type(value)) in WRITTEN else value for value in values]
        return dict(zip(self.names, written, strict=True))


def column_of(field: serializers.Field) -> str:
    column = "__".join(field.source_attrs)
    return f"{column}_id" if isinstance(field, OwnedRelatedField) else column


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
