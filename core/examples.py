"""Example bodies of requests. The schema and the forms show them, and a test sends each of them to the demo shop."""

from collections.abc import Callable
from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema_serializer


def example(**body: Any) -> Callable[[Any], Any]:
    """Return a decorator that gives a serializer its example body."""

    def decorate(serializer_class: Any) -> Any:
        serializer_class.example_body = body
        shown = OpenApiExample("Example", body, request_only=True)
        return extend_schema_serializer(examples=[shown])(serializer_class)

    return decorate
