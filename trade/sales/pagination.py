"""Pages of sales with the sums of the list."""

from typing import Any

from core.fields import TWO_PLACES
from stock.models import PaymentKind
from stock.pagination import OperationPagination
from trade.sales.reading.sums import MONEY

PAID = {
    "type": "object",
    "properties": {"kind": {"type": "string", "enum": PaymentKind.values}, "amount": TWO_PLACES},
    "required": ["kind", "amount"],
}
TOTALS = {
    "type": "object",
    "nullable": True,
    "description": "The sums of all sales of the list. Null on further pages, and without `from` or `period`.",
    "properties": {
        "sales": {"type": "integer"}, **dict.fromkeys(MONEY, TWO_PLACES), "payments": {"type": "array", "items": PAID},
        "margin": {**TWO_PLACES, "nullable": True},
    },
    "required": ["sales", *MONEY, "payments", "margin"],
}  # fmt: skip

MOMENT = {"type": "string", "format": "date-time", "nullable": True}


class SalesPagination(OperationPagination):
    """Pages of sales. Their lines are limited as those of operations."""

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        page = super().get_paginated_response_schema(schema)
        further = {"totals": TOTALS, "from": MOMENT, "to": MOMENT}
        page["properties"] |= further
        return {**page, "required": [*page.get("required", ()), *further]}
