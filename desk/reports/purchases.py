"""The purchases of a product: each delivery with its supplier and its cost. Its address has the id of the product.

The ledger does not tell goods that have cost nothing from goods whose cost nobody has entered: the value of both is 0.
So the cost of one is null in both cases.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core.pages.columns import Display, Row
from core.pages.tables import TablePage
from core.sentences import fill
from core.time_zones import midnight
from core.translation import gettext_noop as _
from desk.reports.reading.statements import Statement
from desk.reports.toolkit.parameters import subtract_months
from desk.reports.toolkit.report import UNITS, Column, Report
from stock.models.sql import IS_UNDONE, MOVEMENTS_OF, OWNER
from users.access.permissions import grant
from users.access.roles import Right
from users.models import User

MONTHS = 12  # the months of the figures
# `bought` has the products of each delivery that is not undone, with what of it went back to the supplier. `kept` is
# the rest, and `unit_cost` the exact cost of one unit, or null if the delivery has no cost. Both costs are without
# `extra_cost`, the share in the extra costs. {conditions} has further conditions on `movement` and `operation`.
BOUGHT = f"""delivered AS (
    SELECT movement.operation_id, movement.product_id, operation.occurred_at, operation.reference,
        sum(movement.quantity)::bigint AS quantity, sum(movement.value - coalesce(share.cost, 0)) AS cost,
        sum(share.cost) AS extra_cost
    FROM stock_operation AS operation
    JOIN stock_movement AS movement
        ON movement.owner_id = %(owner)s::bigint AND movement.operation_id = operation.id
        AND movement.movement_type = 'IN'
    LEFT JOIN stock_extrashare AS share ON share.owner_id = %(owner)s::bigint AND share.movement_id = movement.id
    WHERE operation.owner_id = %(owner)s::bigint AND operation.reason = 'purchase' {{conditions}}
    GROUP BY movement.operation_id, movement.product_id, operation.occurred_at, operation.reference
), stood AS (
    SELECT * FROM delivered WHERE NOT {IS_UNDONE.format(operation="operation_id")}
), back AS (
    SELECT stood.operation_id, stood.product_id, sum(movement.quantity)::bigint AS quantity
    FROM stood
    JOIN stock_return AS link
        ON link.owner_id = %(owner)s::bigint AND link.sale_id = stood.operation_id AND link.scrapped_id IS NULL
    CROSS JOIN LATERAL (
        {MOVEMENTS_OF.format(columns="product_id, movement_type, quantity", owner=OWNER, operation="link.operation_id")}
    ) AS movement
    WHERE movement.product_id = stood.product_id AND movement.movement_type = 'OUT'
        AND NOT {IS_UNDONE.format(operation="link.operation_id")}
    GROUP BY stood.operation_id, stood.product_id
), bought AS (
    SELECT stood.*, coalesce(back.quantity, 0) AS returned, stood.quantity - coalesce(back.quantity, 0) AS kept,
        nullif(stood.cost, 0) * (ARRAY[1, 10, 100, 1000])[product.decimals + 1] / stood.quantity AS unit_cost,
        product.unit, product.decimals
    FROM stood
    JOIN products_product AS product ON product.owner_id = %(owner)s::bigint AND product.id = stood.product_id
    LEFT JOIN back ON back.operation_id = stood.operation_id AND back.product_id = stood.product_id
)"""  # noqa: S608, constants
OF_PRODUCT = BOUGHT.format(conditions="AND movement.product_id = %(product)s::bigint")
# The order of a row of `bought`, or the supplier `seller` of a delivery without one. It may have neither.
ORDER_OF = """LEFT JOIN purchasing_receipt AS receipt
    ON receipt.owner_id = %(owner)s::bigint AND receipt.operation_id = bought.operation_id
LEFT JOIN purchasing_order AS purchase ON purchase.owner_id = %(owner)s::bigint AND purchase.id = receipt.order_id
LEFT JOIN stock_delivery AS delivery
    ON delivery.owner_id = %(owner)s::bigint AND delivery.operation_id = bought.operation_id
LEFT JOIN suppliers_supplier AS seller
    ON seller.owner_id = %(owner)s::bigint AND seller.id = delivery.supplier_id"""
SUPPLIER_ID = "purchase.supplier_id, CASE WHEN seller.archived_at IS NULL THEN seller.id END"

PURCHASES = f"""
WITH {OF_PRODUCT}
SELECT occurred_at, bought.operation_id AS operation, purchase.id AS "order",
    coalesce({SUPPLIER_ID}) AS supplier, coalesce(purchase.supplier_name, seller.name) AS supplier_name,
    bought.quantity, returned, round(unit_cost, 2) AS unit_cost, nullif(cost, 0) AS cost, extra_cost, bought.reference,
    unit, decimals, count(*) OVER () AS in_all
FROM bought
{ORDER_OF}
ORDER BY occurred_at DESC, bought.operation_id DESC
LIMIT %(limit)s OFFSET %(offset)s
"""  # noqa: S608, constants
# Returns one row: what one has cost in the last months, of what was kept.
FIGURES = f"""
WITH {OF_PRODUCT}
SELECT round((array_agg(unit_cost ORDER BY occurred_at DESC, operation_id DESC))[1], 2) AS last_cost,
    round(sum(unit_cost * kept) / sum(kept), 2) AS average_cost, round(min(unit_cost), 2) AS lowest_cost
FROM bought
WHERE unit_cost IS NOT NULL AND kept > 0 AND occurred_at >= %(since)s::timestamptz
LIMIT %(limit)s OFFSET %(offset)s
"""  # noqa: S608, constants
FIGURE_SCHEMA = {"type": "string", "format": "decimal", "pattern": r"^-?\d{0,12}(?:\.\d{0,2})?$", "nullable": True}


class PurchasesPage(TablePage):
    """The page of the purchases, whose figures lie beside the rows."""

    def make_figures(self, rows: Any, data: Any, display: Display) -> Any:
        return super().make_figures(rows, {"totals": data}, display)


@dataclass(frozen=True)
class Purchases(Report):
    """A report with what one has cost in the last months beside its rows."""

    def read_more(self, statement: Statement) -> Row:
        [figures] = Statement(FIGURES, statement.parameters).fetch_rows(1)
        return {name: None if cost is None else str(cost) for name, cost in figures.items()}

    def describe_more(self) -> Row:
        return dict.fromkeys(self.figures, FIGURE_SCHEMA)


def find_since(user: User) -> datetime:
    """Return the beginning of the day of the shop that is MONTHS ago."""
    return subtract_months(midnight(user.shop_today(), user.shop_zone), MONTHS, user.shop_zone)


def write_title(view: Any) -> str:
    return fill("Purchases of {product_name}", product_name=view.product.name)


def of_months(name: str, title: str) -> Column:
    """Return a figure of the page."""
    return Column(name, title, "money", only="page")


PURCHASES_REPORT = Purchases(
    name="purchases",
    title="Purchases",
    about="What was bought of a product, from whom and for how much.",
    description="""
        Return each delivery of a product that was not undone, the newest first, with its order if it has one.

        `last_cost`, `average_cost` (by quantity) and `lowest_cost` are what one has cost in the last 12 months, in the
        shop's time zone. They leave out deliveries without a cost, and what went back to the supplier. No cost has the
        extra costs of the deliveries, which are beside it.
    """,
    component="Purchase",
    row="What came of a product with one operation, from whom, and what it has cost.",
    rights=grant(Right.SEE_COSTS, "get"),
    parameters=(),
    statement=PURCHASES,
    page_class=PurchasesPage,
    columns=(
        Column("occurred_at", "When", "moment", links_to="operation"),
        Column("operation", kind="number", about="The operation that booked it."),
        Column("order", "Purchase order", page="purchase-order-detail", id_field="order", is_optional=True, null=True,
               about="Null for a delivery without an order."),
        Column("supplier", kind="number", null=True,
               about="The supplier of the order or the delivery, unless it was archived."),
        Column("supplier_name", "Supplier", links_to="supplier", is_optional=True, null=True,
               about="For an order as it was when that was written."),
        Column("quantity", "Quantity", "goods"),
        Column("returned", "Returned", "goods", is_optional=True, write=lambda row: row["returned"] or None,
               about="What of it went back to the supplier."),
        Column("unit_cost", "Cost of one", "money", null=True, about="Null if it has no cost."),
        Column("cost", "Cost", "money", null=True, about="Of the whole quantity, without extra costs."),
        Column("extra_cost", "Extra costs", "money", is_optional=True, null=True,
               about="Its share in the extra costs of the delivery. Null without one."),
        Column("reference", "Document no.", is_extra=True, is_optional=True),
        *UNITS,
        of_months("last_cost", _("Last cost")),
        of_months("average_cost", _("Average of 12 months")),
        of_months("lowest_cost", _("Lowest of 12 months")),
    ),
    shown=(
        "occurred_at", "quantity", "returned", "unit_cost", "cost", "extra_cost", "supplier_name", "order", "reference",
    ),
    figures=("last_cost", "average_cost", "lowest_cost"),
    empty="Nothing was bought of it yet.",
    write_title=write_title,
)  # fmt: skip
