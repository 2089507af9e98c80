"""The portions of a movement in words, for pages and files."""

from collections.abc import Mapping, Sequence
from typing import Any


def describe_portions(portions: Sequence[Mapping[str, Any]] | None) -> str:
    """Return the portions as one text, such as `Cellar / H26: 3; Shelf: 2`. The text is empty if there are none."""
    places = [(" / ".join(filter(None, (one["location_name"], one["lot_code"]))), one) for one in portions or ()]
    return "; ".join(f"{place}: {one['quantity']}" for place, one in places)
