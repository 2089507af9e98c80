"""Pages of sales with the sums of the list."""

from typing import Any

from core.fields import TWO_PLACES
from stock.pagination import OperationPagination

TOTALS = {
    "type": "object",
    "nullable": True,
    "description": "The sums of all sales of the list. Null on further pages.",
    "properties": {"sales": {"type": "integer"}, **dict.fromkeys(("total", "returned", "revenue"), TWO_PLACES)},
    "required": ["sales", "total", "returned", "revenue"],
}


class SalesPagination(OperationPagination):
    """Pages of sales. Their lines are limited as those of operations."""

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        page = super().get_paginated_response_schema(schema)
        page["properties"]["totals"] = TOTALS
        return {**page, "required": [*page.get("required", ()), "totals"]}
