"""The parameter `columns`: which columns a table shows, and in which order."""

from collections.abc import Sequence
from typing import Any

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
