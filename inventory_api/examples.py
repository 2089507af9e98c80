"""Bodies to try: the schema shows them, and a test sends each of them to the demo shop."""

from collections.abc import Callable
from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema_serializer


def example(**body: Any) -> Callable[[Any], Any]:
    """Give a serializer its example of a request."""
    return extend_schema_serializer(examples=[OpenApiExample("Example", body, request_only=True)])
