"""Write sales as a table, a row for each sale."""

from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet

from core.fields import are_costs_shown
from stock.errors import ReportTooLong
from trade.sales.reading.shown import attach_sales

MAX_SALES = 100_000
SALES_AT_A_TIME = 500
COLUMNS = (
    "operation", "number", "occurred_at", "till", "user", "customer", "reference", "products", "total", "returned",
    "refunded", "paid", "due",
)  # fmt: skip
COST_COLUMNS = ("margin",)
MONEY = ("total", "returned", "refunded", "paid", "due", *COST_COLUMNS)


def make_rows(sales: QuerySet) -> Iterator[tuple[Any, ...]]:
    """Yield the header, then a row for each sale, the newest first. Raise ReportTooLong before the header."""
    ids = list(sales.order_by("-id").values_list("pk", flat=True)[: MAX_SALES + 1])
    if len(ids) > MAX_SALES:
        raise ReportTooLong(limit=MAX_SALES)
    header = (*COLUMNS, *COST_COLUMNS) if are_costs_shown() else COLUMNS
    yield header
    for start in range(0, len(ids), SALES_AT_A_TIME):
        found = sales.filter(pk__in=ids[start : start + SALES_AT_A_TIME]).order_by("-id")
        yield from (make_row(sale)[: len(header)] for sale in attach_sales(found))


def make_row(sale: Any) -> tuple[Any, ...]:
    products = ", ".join(line.product_name for line in sale.shown)
    who = sale.seller.till_name, sale.performer.name, sale.seller.customer_name
    money = sale.money.total, sale.money.returned, sale.money.refunded, sale.money.paid, sale.due, sale.margin
    return sale.pk, sale.seller.number, sale.occurred_at, *who, sale.reference, products, *money
