"""Query parameters outside of filters, such as `columns`, and the backend that filters every list."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework import exceptions

from core.fields import INVALID_CHOICE, MAX_QUOTED_LENGTH
from core.http.browsers import is_html_page
from core.lists.filters import InstantField, StrictBooleanField, StrictTextField, parse_id_or_name

COLUMNS = "columns"
COLUMNS_PARAMETER = {
    "in": "query",
    "name": COLUMNS,
    "schema": {"type": "string"},
    "allowEmptyValue": True,
    "description": "The columns that the page or the file shows, in this order, with commas between their names. Names"
    " that it does not have are left out. JSON has all fields.",
}


def find_places(request: Any, names: Sequence[str]) -> list[int]:
    """Return the places of the columns that the request chooses, in its order, or none if it chooses none of them."""
    chosen = [name.strip() for name in request.query_params.get(COLUMNS, "").split(",")]
    return [names.index(name) for name in dict.fromkeys(chosen) if name in names]


Follow = Callable[[Any, int], int | None]
FILE_FORMATS = ("csv", "xlsx")  # the values of `?format=` for a table
FORMATS = ("json", *FILE_FORMATS)  # the values of `?format=` for a report


def query_value(request: Any, name: str, field: forms.Field) -> Any:
    """Return the parameter, validated by the field, or None if it is empty. Raise a ValidationError that names it."""
    return clean_value(name, request.query_params.get(name, ""), field)


def clean_value(name: str, text: str, field: forms.Field) -> Any:
    """Return the text of the parameter, as `query_value()` does."""
    try:
        return field.clean(text) if text else None
    except ValidationError as error:
        raise exceptions.ValidationError({name: error.messages}) from None


def query_instant(request: Any, name: str) -> datetime | None:
    """Return the parameter as a time, or None if it is empty. A date means its beginning in the zone of the shop."""
    return query_value(request, name, InstantField(zone=request.user.shop_zone))  # type: ignore[no-any-return]


def query_id_or_name(request: Any, name: str, follow: Follow = lambda _user, key: key) -> dict[str, Any]:
    """Return a dict with the parameter as `name` if it is an id, or as `<name>_name` otherwise. The other is None.

    `follow` returns the id of the row that is meant by an id.
    """
    text = query_value(request, name, StrictTextField(max_length=255))
    key = parse_id_or_name(text) if text else None
    row_id = follow(request.user, key) if isinstance(key, int) else None
    return {name: row_id, f"{name}_name": key if isinstance(key, str) else None}


def query_choice(request: Any, name: str, choices: Iterable[str]) -> str:
    """Return the parameter, by default the first choice. Raise a ValidationError that names it for other values."""
    words = list(choices)
    word: str = request.query_params.get(name) or words[0]
    if word not in words:
        said = INVALID_CHOICE.format(input=word[:MAX_QUOTED_LENGTH], choices=", ".join(filter(None, words)))
        raise exceptions.ValidationError({name: [said]})
    return word


def query_format(request: Any, view: Any, *further: str) -> str:
    """Return the format of a report: that of a renderer of the view, or of a file. Raise an error for any other."""
    formats = [renderer.format for renderer in view.renderer_classes]
    return query_choice(request, "format", [*formats, *FILE_FORMATS, *further])


def query_flag(request: Any, name: str) -> bool:
    """Return the parameter as a boolean, or False if it is absent or empty. Raise a ValidationError that names it."""
    return bool(query_value(request, name, StrictBooleanField()))


class FilterBackend(DjangoFilterBackend):
    """django-filter's backend. It creates no form for a query without filters, and refuses an invalid form by a 400."""

    def filter_queryset(self, request: Any, queryset: QuerySet, view: Any) -> QuerySet:
        filterset_class = self.get_filterset_class(view, queryset)
        if filterset_class is not None and not filterset_class.has_filters(request):
            return filterset_class.filter_by_default(queryset)  # type: ignore[no-any-return]
        return super().filter_queryset(request, queryset, view)  # type: ignore[no-any-return]

    def get_filterset(self, request: Any, queryset: QuerySet, view: Any) -> Any:
        """Return the filters. In the query of a page, what people type is replaced by what programs send."""
        filterset_class: Any = self.get_filterset_class(view, queryset)
        if filterset_class is not None and is_html_page(request):
            filterset_class.replace_typed(request)
        return super().get_filterset(request, queryset, view)
