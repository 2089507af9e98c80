"""The report of the products that became dearer or cheaper to buy, and what this does to their margins."""

from datetime import timedelta
from typing import Any

from drf_spectacular.types import OpenApiTypes
from rest_framework.request import Request

from core.lists.parameters import query_instant
from core.texts.folding import is_named
from core.time_zones import midnight
from desk.reports.purchases import BOUGHT, ORDER_OF, SUPPLIER_ID
from desk.reports.reading.statements import ledger_of
from desk.reports.toolkit.parameters import A_DATE, SUPPLIER, Parameter
from desk.reports.toolkit.report import PRODUCT, PRODUCT_ID, SKU, Column, Report
from stock.models.sql_sales import NET_OF
from trade.purchasing.demand import DEFAULT_DAYS
from users.access.permissions import grant
from users.access.roles import Right

# Returns the live products with another cost than before the instant. `latest` has the last delivery with a cost before
# it, and the last one since then, of the products that were delivered or repriced since. `repriced` has the cost price
# of that time, if it has been changed since: the value that the first later change has replaced. A difference of less
# than a cent counts if it is a hundredth of the cost.
COSTS_CHANGED = f"""
WITH repriced AS MATERIALIZED (
    SELECT DISTINCT ON (row_id) row_id AS product_id, (changes -> 'cost_price' ->> 0)::numeric AS cost_price
    FROM history_change
    WHERE owner_id = %(owner)s::bigint AND kind = 'product' AND changes ? 'cost_price' AND at >= %(since)s::timestamptz
    ORDER BY row_id, id
), dealt AS MATERIALIZED (
    SELECT movement.product_id
    FROM {ledger_of("operation.occurred_at >= %(since)s::timestamptz")} AND operation.reason = 'purchase'
    UNION
    SELECT product_id FROM repriced
), {BOUGHT.format(conditions="AND movement.product_id IN (SELECT product_id FROM dealt)")}, latest AS (
    SELECT DISTINCT ON (product_id, is_later) product_id, is_later, operation_id, occurred_at, unit_cost
    FROM bought
    CROSS JOIN LATERAL (SELECT occurred_at >= %(since)s::timestamptz AS is_later) AS compared
    WHERE unit_cost IS NOT NULL AND kept > 0
    ORDER BY product_id, is_later, occurred_at DESC, operation_id DESC
), cost AS (
    SELECT product.id, product.name, product.sku, product.supplier_id, product.price, tax.rate,
        NOT shop.prices_include_tax AS is_net, bought.operation_id, bought.occurred_at AS delivered_at,
        coalesce(
            earlier.unit_cost,
            CASE WHEN repriced.product_id IS NULL THEN product.cost_price ELSE repriced.cost_price END
        ) AS old_cost,
        coalesce(bought.unit_cost, product.cost_price) AS new_cost
    FROM products_product AS product
    JOIN users_user AS shop ON shop.id = %(owner)s::bigint
    LEFT JOIN products_tax AS tax ON tax.owner_id = %(owner)s::bigint AND tax.id = product.tax_id
    LEFT JOIN latest AS earlier ON earlier.product_id = product.id AND NOT earlier.is_later
    LEFT JOIN latest AS bought ON bought.product_id = product.id AND bought.is_later
    LEFT JOIN repriced ON repriced.product_id = product.id
    WHERE product.owner_id = %(owner)s::bigint AND product.archived_at IS NULL AND (
        bought.product_id IS NOT NULL
        OR (repriced.product_id IS NOT NULL AND repriced.cost_price IS DISTINCT FROM product.cost_price)
    )
), changed AS (
    SELECT bought.*, coalesce({SUPPLIER_ID}, bought.supplier_id) AS supplier,
        coalesce(purchase.supplier_name, seller.name, supplier.name) AS supplier_name,
        round(100 * (new_cost - old_cost) / nullif(old_cost, 0), 2) AS percent,
        {NET_OF.format(sold="bought", amount="price")} AS net
    FROM cost AS bought
    {ORDER_OF}
    LEFT JOIN suppliers_supplier AS supplier
        ON supplier.owner_id = %(owner)s::bigint AND supplier.id = bought.supplier_id
    WHERE round(new_cost, 2) <> round(old_cost, 2) OR abs(new_cost - old_cost) * 100 >= nullif(old_cost, 0)
)
SELECT id AS product, name, sku, supplier, supplier_name, round(old_cost, 2) AS old_cost,
    round(new_cost, 2) AS new_cost, percent, delivered_at, operation_id AS operation, price,
    round(100 * (net - old_cost) / nullif(net, 0), 2) AS margin_percent_before,
    round(100 * (net - new_cost) / nullif(net, 0), 2) AS margin_percent_after, count(*) OVER () AS in_all
FROM changed
WHERE (%(supplier)s::bigint IS NULL OR supplier = %(supplier)s::bigint)
    AND (%(supplier_name)s::text IS NULL OR {is_named("supplier_name", "%(supplier_name)s::text")})
ORDER BY percent DESC NULLS FIRST, product
LIMIT %(limit)s OFFSET %(offset)s
"""  # noqa: S608, constants


def parse_since(request: Request) -> dict[str, Any]:
    """Return the instant `from`, by default the beginning of the day of the shop that is DEFAULT_DAYS ago."""
    user: Any = request.user
    days_ago = midnight(user.shop_today() - timedelta(days=DEFAULT_DAYS), user.shop_zone)
    return {"since": query_instant(request, "from") or days_ago}


REPORT = Report(
    name="costs-changed",
    title="Changed costs",
    beside="reorder",
    rights=grant(Right.SEE_COSTS, "get"),
    about="What became dearer or cheaper to buy, and what that does to the margin.",
    description="""
        Return the products with another cost than before `from`, those that became dearer first.

        Compares the last delivery before `from`, or else the cost price of that time, with the last one since, or else
        the present cost price. Deliveries that were undone or went back do not count.
    """,
    component="ChangedCost",
    row="A product that became dearer or cheaper, and its margin at the present price.",
    parameters=(
        Parameter(
            "from", kind="date", hint="By default 30 days ago.", schema=OpenApiTypes.DATETIME, parse=parse_since,
            about=f"Compare with the costs before this; by default {DEFAULT_DAYS} days ago. {A_DATE}",
        ),
        SUPPLIER,
    ),
    statement=COSTS_CHANGED,
    columns=(
        PRODUCT_ID,
        PRODUCT,
        SKU,
        Column("supplier", kind="number", null=True, about="That of the delivery, or else the product's."),
        Column("supplier_name", "Supplier", links_to="supplier", is_optional=True, null=True),
        Column("old_cost", "Old cost", "money", about="What one unit has cost before `from`."),
        Column("new_cost", "New cost", "money", about="What one unit costs now."),
        Column("percent", "Percent", "decimal", null=True,
               about="How much dearer, below 0 how much cheaper. Null if it has cost nothing."),
        Column("delivered_at", "Delivered", "moment", links_to="operation", null=True,
               about="When the last delivery came. Null if the cost price was changed."),
        Column("operation", kind="number", null=True, about="The operation that booked it."),
        Column("price", "Price", "money", is_extra=True),
        Column("margin_percent_before", "Margin before, in percent", "decimal", null=True,
               about="Of the present price with the old cost, without VAT if the product has a rate. Null without a"
               " price."),
        Column("margin_percent_after", "Margin now, in percent", "decimal", null=True,
               about="The same with the new cost."),
    ),
    shown=(
        "name", "sku", "supplier_name", "old_cost", "new_cost", "percent", "delivered_at", "price",
        "margin_percent_before", "margin_percent_after",
    ),
    empty="No cost has changed in this time.",
)  # fmt: skip
