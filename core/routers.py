"""Ids in paths, and the router that uses them."""

from django.urls import register_converter
from rest_framework.routers import SimpleRouter

from core.fields import MAX_ID


class RowIdConverter:
    """A decimal id within bigint. A path with anything else does not exist.

    0 is accepted, although parse_id() refuses it: the view answers that it has no such row.
    """

    regex = "[0-9]{1,19}"

    def to_python(self, value: str) -> int:
        if int(value) > MAX_ID:
            raise ValueError
        return int(value)

    def to_url(self, value: int) -> str:
        return str(value)


register_converter(RowIdConverter, "row_id")


class Router(SimpleRouter):
    """REST framework's router with path converters, without format suffixes."""

    def __init__(self) -> None:
        super().__init__(use_regex_path=False)
