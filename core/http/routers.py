"""Ids in paths, and the router that uses them."""

from typing import Any

from django.urls import path, register_converter
from rest_framework.routers import SimpleRouter

from core.kinds import MAX_ID


class RowIdConverter:
    """Matches a decimal id within bigint. It also matches 0, for which the view returns a 404."""

    regex = "[0-9]{1,19}"

    def to_python(self, value: str) -> int:
        if int(value) > MAX_ID:
            raise ValueError
        return int(value)

    def to_url(self, value: int) -> str:
        return str(value)


class RowPairConverter:
    """Matches the ids of two rows with a hyphen between them, such as 17-3, and returns both.

    A single id is also matched, and stands for a row that does not exist.
    """

    regex = "[0-9]{1,19}(?:-[0-9]{1,19})?"

    def to_python(self, value: str) -> tuple[int, int]:
        first, second = map(RowIdConverter().to_python, [*value.split("-"), "0"][:2])
        return first, second

    def to_url(self, value: Any) -> str:
        return "-".join(map(str, value)) if isinstance(value, tuple) else str(value)


register_converter(RowIdConverter, "row_id")
register_converter(RowPairConverter, "row_pair")


class Router(SimpleRouter):
    """REST framework's router with path converters, no format suffixes, and `change_many` for PATCH of a list."""

    LIST: Any = SimpleRouter.routes[0]
    routes = [LIST._replace(mapping={**LIST.mapping, "patch": "change_many"}), *SimpleRouter.routes[1:]]

    def __init__(self) -> None:
        super().__init__(use_regex_path=False)


def make_routes(*viewsets: tuple[str, Any, str]) -> list[Any]:
    """Return the routes of these viewsets, each of which has its address and the beginning of the routes' names."""
    router = Router()
    for address, viewset, name in viewsets:
        router.register(address, viewset, basename=name)
    return router.urls


def make_paths(*views: tuple[str, Any, str]) -> list[Any]:
    """Return the routes of these views, each of which has its address and the name of its route."""
    return [path(address, view.as_view(), name=name) for address, view, name in views]
