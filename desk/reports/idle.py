"""The report of what is idle: the products that have not moved for some time."""

from core.translation import gettext_noop as _
from desk.reports.reading.statements import CATEGORY, SELECTED_PRODUCTS, VALUE_AT_PRICE, ledger_of
from desk.reports.toolkit.parameters import PRODUCTS, make_days, parse_days
from desk.reports.toolkit.report import PRODUCT, PRODUCT_ID, QUANTITY, SKU, UNITS, VALUE, Column, Report
from stock.models.sql import BY_ID, OWNER

# `moved` has the products that have moved since the instant. Transfers do not count.
MOVED = f"""moved AS MATERIALIZED (
    SELECT DISTINCT movement.product_id
    FROM {ledger_of("operation.occurred_at > %(instant)s::timestamptz")} AND operation.reason <> 'transfer'
)"""  # noqa: S608, constants
STANDS = """product.archived_at IS NULL AND product.keeps_stock
    AND NOT EXISTS (SELECT FROM moved WHERE moved.product_id = product.id)"""
# Returns the live products without movements since the instant, the longest idle first. Because of late bookings, the
# last movement that was recorded need not be the last that happened. So `walked` follows the movements of each product
# back until one was recorded before the latest that is known happened: all others are older.
IDLE = f"""
WITH RECURSIVE {MOVED}, walked AS (
    SELECT product.id AS product_id, product.stock_sequence AS sequence, NULL::timestamptz AS at
    FROM products_product AS product
    {CATEGORY}
    WHERE {SELECTED_PRODUCTS} AND {STANDS}
    UNION ALL
    SELECT walked.product_id, walked.sequence - 1,
        CASE operation.reason WHEN 'transfer' THEN walked.at ELSE greatest(walked.at, operation.occurred_at) END
    FROM walked
    CROSS JOIN LATERAL (
        SELECT operation_id FROM stock_movement WHERE owner_id = %(owner)s::bigint
            AND product_id = walked.product_id AND sequence = walked.sequence OFFSET 0
    ) AS movement
    CROSS JOIN LATERAL (
        {BY_ID.format(columns="reason, occurred_at, created_at", owner=OWNER, operation="movement.operation_id")}
    ) AS operation
    WHERE walked.at IS NULL OR operation.created_at > walked.at
), last AS (
    SELECT product_id, max(at) AS at FROM walked GROUP BY product_id
)
SELECT product.id AS product, product.name, product.sku, product.quantity, last.at AS last_movement_at,
    extract(day FROM %(now)s::timestamptz - coalesce(last.at, product.created_at))::int AS days_idle,
    {VALUE_AT_PRICE} AS value_at_price, product.unit, product.decimals, count(*) OVER () AS in_all
FROM last
JOIN products_product AS product ON product.owner_id = %(owner)s::bigint AND product.id = last.product_id
WHERE coalesce(last.at, product.created_at) <= %(instant)s::timestamptz
ORDER BY coalesce(last.at, product.created_at), product.id
LIMIT %(limit)s OFFSET %(offset)s
"""  # noqa: S608, constants
# Returns the number of rows of IDLE without filters, and the sum of their values. A product that has moved, but not
# since the instant, has moved before.
COUNT_IDLE = f"""
WITH {MOVED}
SELECT count(*), coalesce(sum({VALUE_AT_PRICE}), 0.00)
FROM products_product AS product
WHERE product.owner_id = %(owner)s::bigint AND {STANDS}
    AND (product.stock_sequence > 0 OR product.created_at <= %(instant)s::timestamptz)
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
