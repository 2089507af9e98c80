"""The plans of PostgreSQL as `EXPLAIN (FORMAT JSON)` writes them."""

from collections.abc import Iterator
from typing import Any


def walk(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the node of a plan and all nodes below it."""
    yield node
    for below in node.get("Plans", []):
        yield from walk(below)
