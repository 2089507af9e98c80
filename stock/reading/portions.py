"""The portions of a movement in words, for pages and files."""

from collections.abc import Mapping, Sequence
from typing import Any

from core.amounts import scale


def describe_portions(portions: Sequence[Mapping[str, Any]] | None, decimals: int = 0) -> str:
    """Return the portions as one text, such as `Cellar / H26: 3; Shelf: 2`. The text is empty if there are none.

    `decimals` are those of the product.
    """
    places = [(" / ".join(filter(None, (one["location_name"], one["lot_code"]))), one) for one in portions or ()]
    return "; ".join(f"{place}: {scale(one['quantity'], decimals)}" for place, one in places)
