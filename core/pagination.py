"""Two ways through a list: numbered pages for what an owner keeps, cursors for the logs that grow for ever."""

import base64
import binascii
from typing import Any
from urllib.parse import parse_qs

from django.db.models import QuerySet
from rest_framework import pagination
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.views import APIView

DEFAULT_PAGE_SIZE = 10
MAX_PAGE_SIZE = 100
EXAMPLE_HOST = "https://inventory.example.org"
MAX_DIGITS = 18  # of a page number or position: below bigint's 19
MAX_NUMBER = 10**MAX_DIGITS


def parse_whole_number(request: Request, name: str, minimum: int = 1) -> int | None:
    """The query parameter as a number, MAX_NUMBER for any larger, None if absent or empty.

    Raises ValidationError that names it.
    """
    text = request.query_params.get(name, "")
    if text == "":
        return None
    if text.isascii() and text.isdigit():
        digits = text.lstrip("0") or "0"
        number = int(digits) if len(digits) <= MAX_DIGITS else MAX_NUMBER
        if number >= minimum:
            return number
    raise ValidationError({name: [f"Enter a whole number from {minimum}."]})


class PageSize(pagination.BasePagination):
    """`?page_size=`: 10 by default, 100 at most; larger values mean 100."""

    page_size: Any = DEFAULT_PAGE_SIZE
    max_page_size: Any = MAX_PAGE_SIZE
    page_size_query_param: Any = "page_size"
    example_addresses: dict[str, str] = {}  # for the schema

    def get_page_size(self, request: Request) -> int:
        return int(min(parse_whole_number(request, "page_size") or self.page_size, self.max_page_size))

    def get_schema_operation_parameters(self, view: APIView) -> list[dict[str, Any]]:
        return [add_bounds(parameter) for parameter in super().get_schema_operation_parameters(view)]

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """Return the schema of a page, with examples of addresses that this API gives."""
        page: dict[str, Any] = super().get_paginated_response_schema(schema)
        for name, address in self.example_addresses.items():
            page["properties"][name]["example"] = EXAMPLE_HOST + address
        return page


def add_bounds(parameter: dict[str, Any]) -> dict[str, Any]:
    """A page's parameter with its bounds, for the schema."""
    bounds = {
        "page": {"minimum": 1, "default": 1},
        "page_size": {"minimum": 1, "maximum": MAX_PAGE_SIZE, "default": DEFAULT_PAGE_SIZE},
    }
    return {**parameter, "schema": {**parameter["schema"], **bounds.get(parameter["name"], {})}}


class PageNumberPagination(PageSize, pagination.PageNumberPagination):
    """`{"count", "next", "previous", "results"}`; a page past the end is a 404."""

    example_addresses = {"next": "/api/products/?page=4", "previous": "/api/products/?page=2"}

    def get_page_number(self, request: Request, paginator: Any) -> int:
        return parse_whole_number(request, "page") or 1


class ChainedQuerySets:
    """Querysets of one log that follow one another, the newest rows first, paged as if they were one."""

    def __init__(self, parts: list[QuerySet]) -> None:
        self.parts = parts

    def order_by(self, *names: str) -> "ChainedQuerySets":
        """Order the rows by a position; ascending, the parts follow one another from the last to the first."""
        ordered = [part.order_by(*names) for part in self.parts]
        return ChainedQuerySets(ordered if names[0].startswith("-") else ordered[::-1])

    def filter(self, *conditions: Any, **lookups: Any) -> "ChainedQuerySets":
        return ChainedQuerySets([part.filter(*conditions, **lookups) for part in self.parts])

    def values(self, *columns: str) -> "ChainedQuerySets":
        return ChainedQuerySets([part.values(*columns) for part in self.parts])

    def __getitem__(self, wanted: slice) -> list[Any]:
        """Return the rows from the first on; a part is read only if those before it are not enough."""
        rows: list[Any] = []
        for part in self.parts:
            if len(rows) < wanted.stop:
                rows += part[: wanted.stop - len(rows)]
        return rows[wanted]


class LogPagination(PageSize, pagination.CursorPagination):
    """`{"next", "previous", "results"}`, newest first; the position in a cursor is a number, or a 400."""

    ordering = "-id"
    example_addresses = {"next": "/api/stock/?cursor=cD00ODY%3D", "previous": "/api/stock/?cursor=cj0xJnA9NDg3"}

    def decode_cursor(self, request: Request) -> pagination.Cursor | None:
        encoded = request.query_params.get(self.cursor_query_param, "")
        if not encoded:
            return None
        try:
            tokens = parse_qs(base64.b64decode(encoded.encode("ascii"), validate=True).decode("ascii"))
            position, reverse = tokens["p"][0], tokens.get("r", ["0"])[0] == "1"
        except (binascii.Error, UnicodeError, KeyError, ValueError):
            raise ValidationError({"cursor": ["Take the address from `next` or `previous` as it is."]}) from None
        if not (position.isdigit() and len(position) <= MAX_DIGITS):
            raise ValidationError({"cursor": ["Take the address from `next` or `previous` as it is."]})
        return pagination.Cursor(offset=0, reverse=reverse, position=int(position))


class ProductLogPagination(LogPagination):
    """One product's movements: `sequence` is their order, and the index they are read by."""

    ordering = "-sequence"
