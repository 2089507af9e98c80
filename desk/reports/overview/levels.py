"""Stock levels at an instant, by the time when movements happened or when they were recorded, with their SQL."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple

from core.database.replicas import read
from core.money.sums import amount_of, count_decimals, make_goods, sum_amounts
from core.sentences import Goods
from core.texts.folding import is_named
from core.time_zones import MOMENT, list_midnights, subtract_days
from desk.reports.reading.statements import LEDGER, Statement
from products.models import Product
from stock.models import LATE
from users.models import User

# Counts the operations that happened after the instant, and those that had happened by then but were recorded late.
# Each count ends at the limit.
COUNT_SINCE_AND_LATE = """
SELECT
    (SELECT count(*) FROM (
        SELECT FROM stock_operation WHERE owner_id = %(owner)s AND occurred_at > %(instant)s
        ORDER BY occurred_at LIMIT %(limit)s
    ) AS since),
    (SELECT count(*) FROM (
        SELECT FROM stock_operation
        WHERE owner_id = %(owner)s AND created_at - occurred_at > '10 minutes'::interval
            AND occurred_at <= %(instant)s AND created_at > %(soon)s
        ORDER BY occurred_at LIMIT %(limit)s
    ) AS late)
"""

# Selects the movements of one operation on the given products. OFFSET 0 is an optimization fence: the planner can't
# know that there are few operations, and without the fence it reads all movements of the products and joins them.
FEW_MOVEMENTS = """
    SELECT product_id, old_quantity, new_quantity FROM stock_movement
    WHERE owner_id = %(owner)s AND operation_id = {operation} AND product_id = ANY(%(products)s)
    OFFSET 0
"""
MANY_MOVEMENTS = FEW_MOVEMENTS.replace("OFFSET 0", "")

# Returns the level of each product at the instant, by the time of happening: the current quantity minus the changes
# since.
LEVELS_MINUS = """
WITH since AS (
    SELECT id FROM stock_operation WHERE owner_id = %(owner)s AND occurred_at > %(instant)s
), change AS MATERIALIZED (
    SELECT product_id, sum(new_quantity - old_quantity)::bigint AS change
    FROM since CROSS JOIN LATERAL ({movements}) AS movement
    GROUP BY product_id
)
SELECT product.id, product.quantity - coalesce(change.change, 0)
FROM products_product AS product
LEFT JOIN change ON change.product_id = product.id
WHERE product.owner_id = %(owner)s AND product.id = ANY(%(products)s)
"""
# The statements for few operations since the instant, and for many.
LEVELS_MINUS_FEW = LEVELS_MINUS.format(movements=FEW_MOVEMENTS.format(operation="since.id"))
LEVELS_MINUS_MANY = LEVELS_MINUS.format(movements=MANY_MOVEMENTS.format(operation="since.id"))

# Selects for each product and instant the sequence of the last movement recorded by then, or 0. This is a binary
# search: within a product, the time of recording never decreases.
LAST_RECORDED = """
WITH RECURSIVE bound AS (
    SELECT product.id AS product_id, instant, 0::bigint AS low, product.stock_sequence AS high
    FROM products_product AS product, unnest(%(instants)s::timestamptz[]) AS instant
    WHERE product.owner_id = %(owner)s AND product.id = ANY(%(products)s)
    UNION ALL
    SELECT
        product_id, instant, CASE WHEN is_recorded THEN middle ELSE low END,
        CASE WHEN is_recorded THEN high ELSE middle - 1 END
    FROM (SELECT product_id, instant, low, high, (low + high + 1) / 2 AS middle FROM bound WHERE low < high) AS half
    LEFT JOIN LATERAL (
        SELECT (
            SELECT created_at <= instant FROM stock_operation
            WHERE owner_id = %(owner)s AND id = movement.operation_id
        ) AS is_recorded
        FROM stock_movement AS movement
        WHERE owner_id = %(owner)s AND product_id = half.product_id AND sequence = middle
    ) AS movement ON true
), last AS MATERIALIZED (
    SELECT product_id, instant, low AS sequence FROM bound WHERE low = high
)
"""

# Returns the level of each product at the instant, by the time of recording: the balance after the last movement
# recorded by then.
LEVELS_RECORDED = f"""{LAST_RECORDED}
SELECT last.product_id, coalesce(movement.new_quantity, 0)
FROM last
LEFT JOIN stock_movement AS movement
    ON movement.owner_id = %(owner)s AND movement.product_id = last.product_id AND movement.sequence = last.sequence
"""  # noqa: S608, only constants

# Returns the level of each product at the instant, by the time of happening. It is the level by the time of recording,
# plus the changes that had happened by then but were recorded afterwards, either soon or in one of a few late
# operations.
LEVELS_PLUS_LATE = f"""{LAST_RECORDED}, soon AS MATERIALIZED (
    SELECT movement.product_id, sum(movement.new_quantity - movement.old_quantity)::bigint AS change
    FROM last
    JOIN last AS until ON until.product_id = last.product_id AND until.instant > last.instant
    CROSS JOIN LATERAL (
        SELECT product_id, operation_id, old_quantity, new_quantity FROM stock_movement
        WHERE owner_id = %(owner)s AND product_id = last.product_id
            AND sequence > last.sequence AND sequence <= until.sequence
        OFFSET 0
    ) AS movement
    CROSS JOIN LATERAL (
        SELECT FROM stock_operation
        WHERE owner_id = %(owner)s AND id = movement.operation_id AND occurred_at <= %(instant)s
        OFFSET 0
    ) AS operation
    GROUP BY movement.product_id
), late AS MATERIALIZED (
    SELECT id FROM stock_operation
    WHERE owner_id = %(owner)s AND created_at - occurred_at > '10 minutes'::interval
        AND occurred_at <= %(instant)s AND created_at > %(soon)s
), later AS MATERIALIZED (
    SELECT product_id, sum(new_quantity - old_quantity)::bigint AS change
    FROM late CROSS JOIN LATERAL ({FEW_MOVEMENTS.format(operation="late.id")}) AS movement
    GROUP BY product_id
)
SELECT last.product_id, coalesce(movement.new_quantity, 0) + coalesce(soon.change, 0) + coalesce(later.change, 0)
FROM last
LEFT JOIN stock_movement AS movement
    ON movement.owner_id = %(owner)s AND movement.product_id = last.product_id AND movement.sequence = last.sequence
LEFT JOIN soon ON soon.product_id = last.product_id
LEFT JOIN later ON later.product_id = last.product_id
WHERE last.instant = %(instant)s
"""  # noqa: S608, only constants

# Returns the quantities at a location at the instant: the present quantities, minus those that have come since and plus
# those that have gone. The location is given by its id or its name, which an archived location may share.
LEVELS_AT_LOCATION = f"""
WITH place AS MATERIALIZED (
    SELECT id FROM stock_location
    WHERE owner_id = %(owner)s::bigint
        AND (id = %(location)s::bigint OR {is_named("name", "%(location_name)s::text")})
), held AS (
    SELECT product_id, sum(quantity) AS quantity FROM stock_holding
    WHERE owner_id = %(owner)s::bigint AND location_id IN (SELECT id FROM place)
    GROUP BY product_id
), since AS (
    SELECT portion.product_id,
        sum(CASE movement.movement_type WHEN 'IN' THEN portion.quantity ELSE -portion.quantity END) AS change
    FROM stock_operation AS operation
    JOIN stock_movement AS movement
        ON movement.owner_id = operation.owner_id AND movement.operation_id = operation.id
    JOIN stock_portion AS portion ON portion.owner_id = movement.owner_id AND portion.movement_id = movement.id
    WHERE operation.owner_id = %(owner)s::bigint AND movement.owner_id = %(owner)s::bigint
        AND portion.owner_id = %(owner)s::bigint AND operation.{{clock}} > %(instant)s::timestamptz
        AND portion.location_id IN (SELECT id FROM place)
    GROUP BY portion.product_id
)
SELECT product.id AS product, product.name, product.sku, level.quantity::bigint AS quantity,
    product.unit, product.decimals, count(*) OVER () AS in_all
FROM (
    SELECT product_id, coalesce(held.quantity, 0) - coalesce(since.change, 0) AS quantity
    FROM held FULL JOIN since USING (product_id)
) AS level
JOIN products_product AS product ON product.owner_id = %(owner)s::bigint AND product.id = level.product_id
WHERE level.quantity <> 0
ORDER BY product.id
LIMIT %(limit)s OFFSET %(offset)s
"""  # noqa: S608, only constants

# Returns the change of all products with the unit from each instant to the next one, by the number of the instant,
# starting at 1. From the last instant, it is the change up to the present.
CHANGES_SINCE = f"""
SELECT number, sum({amount_of("change")}) AS change
FROM (
    SELECT width_bucket(operation.{{clock}}, %(instants)s::timestamptz[]) AS number, movement.product_id,
        sum(movement.new_quantity - movement.old_quantity)::bigint AS change
    FROM {LEDGER} AND operation.{{clock}} >= (%(instants)s::timestamptz[])[1]
    GROUP BY 1, 2
) AS moved
JOIN products_product AS product ON product.owner_id = %(owner)s::bigint AND product.id = moved.product_id
WHERE product.unit = %(unit)s
GROUP BY 1 LIMIT %(limit)s OFFSET %(offset)s
"""  # noqa: S608, only constants

# Returns each unit with the amount of all products that have it. The unit with the most products comes first.
STOCK_BY_UNIT = f"""
SELECT unit, {sum_amounts("quantity", "products_product")} FROM products_product
WHERE owner_id = %(owner)s::bigint GROUP BY unit ORDER BY count(*) DESC, unit
"""  # noqa: S608, constants


CLOCKS = ("occurred", "recorded")
DAYS_PLOTTED = 30
MAX_PLOT_AGE = timedelta(days=366)  # the plot reads everything that has happened since its first day
# The most operations that are looked up one by one. If there are more, all movements of the products are read.
MAX_OPERATIONS_LOOKED_UP = 5000


class Totals(NamedTuple):
    """The stock of the products with this unit at the end of each day. It `is_partial` if others are left out."""

    days: Sequence[tuple[date, Goods]] = ()
    unit: str = ""
    is_partial: bool = False


def list_levels(products: list[Product], instant: datetime, clock: str) -> list[dict[str, Any]]:
    """Return the names and levels of these products, which belong to one account."""
    quantities = compute_quantities(products[0].owner_id, products, instant, clock) if products else {}
    return [
        {
            "product": p.pk, "name": p.name, "sku": p.sku, "quantity": quantities[p.pk],
            "unit": p.unit, "decimals": p.decimals,
        }
        for p in products
    ]  # fmt: skip


def compute_quantities(owner_id: int, products: list[Product], instant: datetime, clock: str) -> dict[int, int]:
    """Return the quantity of each product at the instant, by product id.

    With the clock `occurred`, movements count from the time they happened, even if they were recorded later, so a
    quantity may be negative. With `recorded`, it is the balance that the ledger showed at the instant.
    """
    ids = [product.pk for product in products]
    parameters: dict[str, Any] = {"owner": owner_id, "products": ids, "instant": instant}
    if clock == "recorded":
        return dict(read(LEVELS_RECORDED, {**parameters, "instants": [instant]}))
    parameters |= {"soon": instant + LATE, "limit": MAX_OPERATIONS_LOOKED_UP + 1, "instants": [instant, instant + LATE]}
    [(since, late)] = read(COUNT_SINCE_AND_LATE, parameters)
    if min(since, late) > MAX_OPERATIONS_LOOKED_UP:
        return dict(read(LEVELS_MINUS_MANY, parameters))
    return dict(read(LEVELS_MINUS_FEW if since <= late else LEVELS_PLUS_LATE, parameters))


def list_totals(user: User, instant: datetime, clock_column: str) -> Totals:
    """Return the stock at the end of each of the last days. The last day ends at the instant.

    Only products with the most usual unit are counted. The list is empty for a user without a shop, and for an instant
    more than MAX_PLOT_AGE ago.
    """
    if user.account_id is None or datetime.now(UTC) - instant > MAX_PLOT_AGE:
        return Totals()
    start = subtract_days(instant, DAYS_PLOTTED - 1, user.shop_zone)
    first_day, midnights = list_midnights(start, instant - MOMENT, user.shop_zone)
    ends = [*midnights[1:], instant + MOMENT]  # movements at the instant belong to its level
    statement = CHANGES_SINCE.format(clock=clock_column)
    units = read(STOCK_BY_UNIT, {"owner": user.account_id})
    if not units:
        return Totals()
    unit, total = units[0]
    rows = Statement(statement, {"owner": user.account_id, "instants": ends, "unit": unit}).fetch_rows(len(ends))
    changes = {row["number"]: row["change"] for row in rows}
    decimals = count_decimals([total, *changes.values()])
    totals = []
    for number in range(len(ends), 0, -1):
        total -= changes.get(number, 0)
        totals.append((first_day + timedelta(days=number - 1), make_goods(total, decimals, unit)))
    return Totals(totals[::-1], unit, is_partial=len(units) > 1)
