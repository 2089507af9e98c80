"""The report of what is idle: the products that have not moved for some time."""

from core.translation import gettext_noop as _
from desk.reports.reading.statements import CATEGORY, LEDGER, SELECTED_PRODUCTS, VALUE_AT_PRICE, ledger_of
from desk.reports.toolkit.parameters import PRODUCTS, make_days, parse_days
from desk.reports.toolkit.report import PRODUCT, PRODUCT_ID, QUANTITY, SKU, UNITS, VALUE, Column, Report

# Returns the live products without movements since the instant, the longest idle first. Transfers do not count. Because
# of late bookings, the last movement that was recorded need not be the last that happened, so this reads all movements
# of the account once.
IDLE = f"""
SELECT product.id AS product, product.name, product.sku, product.quantity, last.at AS last_movement_at,
    extract(day FROM %(now)s::timestamptz - coalesce(last.at, product.created_at))::int AS days_idle,
    {VALUE_AT_PRICE} AS value_at_price, product.unit, product.decimals, count(*) OVER () AS in_all
FROM products_product AS product
{CATEGORY}
LEFT JOIN (
    SELECT movement.product_id, max(operation.occurred_at) AS at
    FROM {LEDGER}
        AND operation.reason <> 'transfer'
    GROUP BY movement.product_id
) AS last ON last.product_id = product.id
WHERE {SELECTED_PRODUCTS} AND product.archived_at IS NULL AND product.keeps_stock
    AND coalesce(last.at, product.created_at) <= %(instant)s::timestamptz
ORDER BY coalesce(last.at, product.created_at), product.id
LIMIT %(limit)s OFFSET %(offset)s
"""  # noqa: S608, constants
# Returns the number of rows of IDLE without filters, and the sum of their values. It reads only the movements since the
# instant: a product that has moved, but not since then, has moved before.
COUNT_IDLE = f"""
WITH moved AS (
    SELECT DISTINCT movement.product_id
    FROM {ledger_of("operation.occurred_at > %(instant)s::timestamptz")} AND operation.reason <> 'transfer'
)
SELECT count(*), coalesce(sum({VALUE_AT_PRICE}), 0.00)
FROM products_product AS product
WHERE product.owner_id = %(owner)s::bigint AND product.archived_at IS NULL AND product.keeps_stock
    AND (product.stock_sequence > 0 OR product.created_at <= %(instant)s::timestamptz)
    AND NOT EXISTS (SELECT FROM moved WHERE moved.product_id = product.id)
"""  # noqa: S608, constants

REPORT = Report(
    name="idle",
    title="Not moving",
    question="What stands idle?",
    about="Products that have not moved for some time.",
    description="Return the products without movement for a number of days, the longest idle first.",
    component="Idle",
    row="A product that has not moved for some time.",
    parameters=(
        make_days(_("Days without movement"), "Without movement for this number of days.", parse=parse_days),
        *PRODUCTS,
    ),
    statement=IDLE,
    columns=(
        PRODUCT_ID, PRODUCT, SKU, QUANTITY,
        Column("last_movement_at", "Last movement", "moment", null=True,
               about="When it happened. Null if there is none."),
        Column("days_idle", "Days", "number", has_bar=True, about="Days since then, or since the product was created."),
        VALUE,
        *UNITS,
    ),
    shown=("name", "sku", "quantity", "last_movement_at", "days_idle", "value_at_price"),
    empty="Every product has moved in this time.",
)  # fmt: skip
