"""Write an order for its supplier, as a table or a text."""

from collections.abc import Iterator
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from django.template.loader import render_to_string

from core.amounts import scale
from core.fields import are_costs_shown
from trade.purchasing.models import Order, OrderLine
from users.models import User

TEMPLATE = "purchase_order"  # the template of the mail, whose first line is the subject
COLUMNS = ("product", "sku", "barcode", "supplier_sku", "quantity", "unit", "packs", "pack_size")
COST_COLUMNS = ("unit_cost", "cost")


def make_rows(order: Order) -> Iterator[tuple[Any, ...]]:
    """Return the header and a row for each attached line. Costs are omitted if the user may not see them."""
    header = (*COLUMNS, *COST_COLUMNS) if are_costs_shown() else COLUMNS
    return iter([header, *(make_row(line)[: len(header)] for line in order.shown)])


def make_row(line: OrderLine) -> tuple[Any, ...]:
    said, decimals = line.said, line.product.decimals
    return (
        said.name, said.sku, said.barcode, said.supplier_sku, scale(line.quantity, decimals), said.unit, line.packs,
        scale(said.pack_size, decimals), line.unit_cost, line.cost_in_all,
    )  # fmt: skip


def make_context(order: Order, shop: User) -> dict[str, Any]:
    """Return the variables of TEMPLATE for an order with its lines. The text has no costs."""
    sent_on: date | None = order.sent_at.astimezone(ZoneInfo(shop.time_zone)).date() if order.sent_at else None
    return {"order": order, "shop_name": shop.shop_name, "sent_on": sent_on}


def write_order_text(order: Order, shop: User) -> str:
    return render_to_string(f"mail/{TEMPLATE}.txt", make_context(order, shop))
