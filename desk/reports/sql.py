"""The SQL statements of the reports.

%(owner)s is the account. {clock} is the column of the operation's time: occurred_at or created_at. The last column is
the number of all rows of the report; LIMIT and OFFSET select a page. Quantities are bigint and values are numeric, so
both are exact.
"""

from core.amounts import money_of
from core.sums import collect_all_units, collect_units, sum_amounts
from trade.purchasing.sql import BEHIND_THE_RATE, DEMAND, PER_DAY

# The movements of the account with their operations.
LEDGER = """stock_operation AS operation
    JOIN stock_movement AS movement
        ON movement.owner_id = operation.owner_id AND movement.operation_id = operation.id
    WHERE operation.owner_id = %(owner)s::bigint AND movement.owner_id = %(owner)s::bigint"""
CATEGORY = """LEFT JOIN products_category AS category
    ON category.owner_id = product.owner_id AND category.id = product.category_id"""
# Selects all products of the account, one product, or those of a category by its id or name.
SELECTED_PRODUCTS = """product.owner_id = %(owner)s::bigint
    AND (%(product)s::bigint IS NULL OR product.id = %(product)s::bigint)
    AND (%(category)s::bigint IS NULL OR product.category_id = %(category)s::bigint)
    AND (%(category_name)s::text IS NULL OR lower(category.name) = lower(%(category_name)s::text))"""

VALUE_AT_PRICE = money_of("product.quantity", "product.price")

# Returns the quantities in and out, with a row for each day and product. Transfers are neither. By occurred_at, it
# reads the operations of the period from the index (owner, occurred_at), so the cost depends on the period, not on the
# whole history. By created_at, which has no index, it reads all operations of the account, and so does VALUATION.
# %(midnights)s has the beginning of each of the shop's days from %(first_day)s on: unlike AT TIME ZONE, this does not
# depend on the server's time zones, which may be older.
PRODUCT_MOVEMENTS = f"""
WITH report AS (
SELECT moved.day, product.id AS product, product.name, product.sku, moved.quantity_in, moved.quantity_out,
    moved.quantity_in - moved.quantity_out AS net, moved.movements, product.unit, product.decimals
FROM (
    SELECT %(first_day)s::date + width_bucket(operation.{{clock}}, %(midnights)s::timestamptz[]) - 1 AS day,
        movement.product_id,
        coalesce(sum(movement.quantity) FILTER (WHERE movement.movement_type = 'IN'), 0)::bigint AS quantity_in,
        coalesce(sum(movement.quantity) FILTER (WHERE movement.movement_type = 'OUT'), 0)::bigint AS quantity_out,
        count(*) AS movements
    FROM {LEDGER}
        AND operation.{{clock}} >= %(start)s::timestamptz AND operation.{{clock}} < %(end)s::timestamptz
        AND operation.reason <> 'transfer'
    GROUP BY 1, 2
) AS moved
JOIN products_product AS product ON product.owner_id = %(owner)s::bigint AND product.id = moved.product_id
{CATEGORY}
WHERE {SELECTED_PRODUCTS}
), part AS (
    SELECT day, unit AS of_unit, sum(movements) AS movements,
        {sum_amounts("quantity_in", "report")} AS quantity_in_amount,
        {sum_amounts("quantity_out", "report")} AS quantity_out_amount, {sum_amounts("net", "report")} AS net_amount
    FROM report GROUP BY day, unit
)
"""  # noqa: S608, constants
MOVEMENTS = (
    PRODUCT_MOVEMENTS
    + f"""
SELECT report.*, count(*) OVER () AS in_all,
    sum(quantity_in) OVER ()::bigint AS in_all_quantity_in, sum(quantity_out) OVER ()::bigint AS in_all_quantity_out,
    sum(net) OVER ()::bigint AS in_all_net, sum(movements) OVER ()::bigint AS in_all_movements,
    {collect_all_units("part", "quantity_in", "quantity_out", "net")} AS in_all_by_unit
FROM report ORDER BY day, product LIMIT %(limit)s OFFSET %(offset)s
"""  # noqa: S608, constants
)
# Returns the sums of the unit that has moved most for the plot, with a row for each day with such movements. `units` is
# the number of all units that have moved.
MOVEMENTS_PER_DAY = (
    PRODUCT_MOVEMENTS  # noqa: S608, constants
    + """
SELECT day, quantity_in_amount AS quantity_in, quantity_out_amount AS quantity_out, of_unit AS unit,
    (SELECT count(DISTINCT of_unit) FROM part) AS units
FROM part
WHERE of_unit = (SELECT of_unit FROM part GROUP BY of_unit ORDER BY sum(movements) DESC, of_unit LIMIT 1)
ORDER BY day LIMIT %(limit)s OFFSET %(offset)s
"""
)

# Returns the value of the stock at an instant, at current prices and at its cost: first the total, then a row for each
# category, the highest value first. Like LEVELS_MINUS in sql_levels.py, it subtracts from the current stock what has
# happened since. It omits products that were archived by then, so that the current value agrees with the dashboard.
VALUATION = f"""
WITH since AS (
    SELECT movement.product_id, sum(movement.new_quantity - movement.old_quantity)::bigint AS change,
        sum(CASE movement.movement_type WHEN 'IN' THEN movement.value ELSE -movement.value END) AS change_of_value
    FROM {LEDGER}
        AND operation.{{clock}} > %(at)s::timestamptz
    GROUP BY movement.product_id
), level AS (
    SELECT product.category_id, product.price, product.decimals, product.unit,
        product.quantity - coalesce(since.change, 0) AS quantity,
        product.stock_value - coalesce(since.change_of_value, 0) AS value_at_cost
    FROM products_product AS product
    LEFT JOIN since ON since.product_id = product.id
    WHERE product.owner_id = %(owner)s::bigint
        AND (product.archived_at IS NULL OR product.archived_at > %(at)s::timestamptz)
), part AS (
    SELECT level.category_id, level.unit AS of_unit, count(*) AS products, sum(level.quantity) AS quantity,
        {sum_amounts("level.quantity", "level")} AS quantity_amount,
        sum({money_of("level.quantity", "level.price", "level")}) AS value_at_price,
        sum(level.value_at_cost) AS value_at_cost,
        count(*) FILTER (WHERE level.value_at_cost = 0) AS products_without_cost
    FROM level
    WHERE level.quantity <> 0
    GROUP BY level.category_id, level.unit
)
SELECT category.id AS category, coalesce(category.name, %(uncategorized)s::text) AS category_name,
    coalesce(sum(products), 0)::bigint AS products, coalesce(sum(quantity), 0)::bigint AS quantity,
    coalesce(sum(value_at_price), 0.00) AS value_at_price, coalesce(sum(value_at_cost), 0.00) AS value_at_cost,
    coalesce(sum(products_without_cost), 0)::bigint AS products_without_cost,
    CASE grouping(category.id) WHEN 1 THEN {collect_all_units("part", "quantity")}
        ELSE {collect_units("quantity")} END AS by_unit,
    count(*) OVER () AS in_all
FROM part
LEFT JOIN products_category AS category ON category.owner_id = %(owner)s::bigint AND category.id = part.category_id
GROUP BY GROUPING SETS ((), (category.id, category.name))
ORDER BY grouping(category.id) DESC, value_at_price DESC, category_name, category.id
LIMIT %(limit)s OFFSET %(offset)s
"""  # noqa: S608, constants

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
WHERE {SELECTED_PRODUCTS} AND product.archived_at IS NULL
    AND coalesce(last.at, product.created_at) <= %(instant)s::timestamptz
ORDER BY coalesce(last.at, product.created_at), product.id
LIMIT %(limit)s OFFSET %(offset)s
"""  # noqa: S608, constants

# Returns the live products that were not counted since the instant, by category, the longest not counted first.
NOT_COUNTED = f"""
SELECT product.id AS product, product.name, product.sku, product.quantity, category.name AS category_name,
    product.last_counted_at,
    extract(day FROM %(now)s::timestamptz - coalesce(product.last_counted_at, product.created_at))::int AS days_since,
    {VALUE_AT_PRICE} AS value_at_price, product.unit, product.decimals, count(*) OVER () AS in_all
FROM products_product AS product
{CATEGORY}
WHERE {SELECTED_PRODUCTS} AND product.archived_at IS NULL
    AND coalesce(product.last_counted_at, product.created_at) <= %(instant)s::timestamptz
ORDER BY lower(category.name) NULLS LAST, coalesce(product.last_counted_at, product.created_at), product.id
LIMIT %(limit)s OFFSET %(offset)s
"""  # noqa: S608, constants

# Returns the days that the stock of each live product lasts at the rate of the sales of its window, the fewest first.
DAYS_LEFT = f"""WITH RECURSIVE {DEMAND}
SELECT product.id AS product, product.name, product.sku, product.quantity, demand.sold,
    {PER_DAY.format(demand="demand")} AS per_day, left_over.days AS days_left,
    CASE WHEN left_over.days <= %(most_days_ahead)s THEN %(today)s::date + left_over.days::int END AS runs_out_on,
    product.unit, product.decimals, demand.lead_days, {BEHIND_THE_RATE.format(demand="demand")},
    count(*) OVER () AS in_all
FROM demand
JOIN products_product AS product ON product.owner_id = %(owner)s::bigint AND product.id = demand.product_id
{CATEGORY}
CROSS JOIN LATERAL (SELECT product.quantity * demand.over / nullif(demand.hundredths, 0) AS days) AS left_over
WHERE {SELECTED_PRODUCTS} AND demand.sold > 0
ORDER BY product.quantity::numeric * demand.over / demand.hundredths, product.id
LIMIT %(limit)s OFFSET %(offset)s
"""  # noqa: S608, constants
