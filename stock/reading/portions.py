"""The portions of a movement in words, for pages and files."""

from collections.abc import Mapping, Sequence
from typing import Any


def describe_portions(portions: Sequence[Mapping[str, Any]] | None) -> str:
    """Return the portions as one text, such as `Cellar / H26: 3; Shelf: 2`. The text is empty if there are none."""
    return "; ".join(f"{describe_place(portion)}: {portion['quantity']}" for portion in portions or ())


def describe_place(portion: Mapping[str, Any]) -> str:
    """Return the names of the portion's location and lot."""
    return " / ".join(filter(None, (portion["location_name"], portion["lot_code"])))
