"""The SQL of the losses: what counts have found missing, and what was written off."""

from core.money.sums import amount_of, collect_all_units, collect_grouped
from desk.reports.reading.statements import CATEGORY, SELECTED_PRODUCTS, ledger_of
from stock.models.sql import FIRST_REASON, IS_UNDONE
from stock.models.sql_counts import CHANGE, COVERS

# The reasons with which people write goods off. They are rows of `by=reason`, beside what counts have found.
WRITE_OFFS = ("damage", "theft", "expiry", "correction", "other")
# A window has what was booked at most this number of days after its end: as long as a till may send its sales late.
MAX_DAYS_LATE = 30

# The rows of `lost` that the filters select, with their products.
SELECTED = f""", selected AS (
    SELECT lost.*, product.name, product.sku, product.unit, product.decimals, product.stock_sequence
    FROM lost
    JOIN products_product AS product ON product.owner_id = %(owner)s::bigint AND product.id = lost.product_id
    {CATEGORY}
    WHERE {SELECTED_PRODUCTS}
)"""  # noqa: S608, constants
# `counted` has the lines of the period that differed, and `standing` their operations that are not undone. A count
# books a movement for each line that differed, in the order of the lines. So the second such line of a product in an
# operation has booked the second movement of the product there.
LOST = f"""
WITH RECURSIVE counted AS MATERIALIZED (
    SELECT kept.* FROM stock_stockcount AS kept
    WHERE kept.owner_id = %(owner)s::bigint AND NOT kept.outdated AND kept.counted <> kept.expected
        AND kept.counted_at >= %(start)s::timestamptz AND kept.counted_at < %(end)s::timestamptz
), standing AS MATERIALIZED (
    SELECT operation_id FROM (SELECT DISTINCT operation_id FROM counted) AS operation
    WHERE NOT {IS_UNDONE.format(operation="operation_id")}
), line AS MATERIALIZED (
    SELECT kept.id, pair.operation_id, pair.product_id,
        row_number() OVER (PARTITION BY pair.operation_id, pair.product_id ORDER BY kept.id) AS number
    FROM (SELECT DISTINCT operation_id, product_id FROM counted JOIN standing USING (operation_id)) AS pair
    CROSS JOIN LATERAL (
        SELECT id FROM stock_stockcount
        WHERE owner_id = %(owner)s::bigint AND product_id = pair.product_id AND operation_id = pair.operation_id
            AND NOT outdated AND counted <> expected
        OFFSET 0
    ) AS kept
), booked AS MATERIALIZED (
    SELECT standing.operation_id, movement.product_id, movement.signed_value,
        row_number() OVER (PARTITION BY standing.operation_id, movement.product_id ORDER BY sequence) AS number
    FROM standing
    CROSS JOIN LATERAL (
        SELECT product_id, sequence, CASE movement_type WHEN 'OUT' THEN value ELSE -value END AS signed_value
        FROM stock_movement WHERE owner_id = %(owner)s::bigint AND operation_id = standing.operation_id
        OFFSET 0
    ) AS movement
), lost AS MATERIALIZED (
    SELECT counted.id AS count_id, counted.product_id, counted.location_id, counted.lot_id, counted.nowhere,
        counted.counted_at, counted.operation_id, 'count' AS reason, counted.expected - counted.counted AS units,
        booked.signed_value AS value
    FROM counted
    JOIN line USING (id, operation_id, product_id)
    JOIN booked USING (operation_id, product_id, number)
{{written_off}}){SELECTED}"""  # noqa: S608, constants
IN_PERIOD = "operation.occurred_at >= %(start)s::timestamptz AND operation.occurred_at < %(end)s::timestamptz"
# What was written off in the period, if it was not undone. It has a location if all of it came from there.
WRITTEN_OFF = f"""
    SELECT NULL::bigint AS count_id, movement.product_id, {{location}} AS location_id, NULL::bigint AS lot_id,
        false AS nowhere, operation.occurred_at AS counted_at, operation.id AS operation_id, operation.reason,
        movement.old_quantity - movement.new_quantity AS units,
        CASE movement.movement_type WHEN 'OUT' THEN movement.value ELSE -movement.value END AS value
    FROM {ledger_of(IN_PERIOD)} AND operation.reason IN {WRITE_OFFS}
        AND NOT {IS_UNDONE.format(operation="operation.id")}
"""  # noqa: S608, constants
ONE_LOCATION = """(
        SELECT min(location_id) FROM stock_portion
        WHERE owner_id = %(owner)s::bigint AND movement_id = movement.id
        HAVING count(DISTINCT coalesce(location_id, 0)) = 1 AND sum(quantity) = movement.quantity
    )"""
SUMS = """count(*) AS number, sum(units)::bigint AS units,
    coalesce(sum(units) FILTER (WHERE units > 0), 0)::bigint AS lost,
    coalesce(-sum(units) FILTER (WHERE units < 0), 0)::bigint AS found, sum(value) AS value"""
IN_ALL = """count(*) OVER () AS in_all, sum(number) OVER ()::bigint AS in_all_number,
    sum(units) OVER ()::bigint AS in_all_units, sum(lost) OVER ()::bigint AS in_all_lost,
    sum(found) OVER ()::bigint AS in_all_found, sum(value) OVER () AS in_all_value"""
AMOUNTS = {
    "units": amount_of("selected.units", "selected"), "lost": amount_of("greatest(selected.units, 0)", "selected"),
    "found": amount_of("greatest(-selected.units, 0)", "selected"),
}  # fmt: skip
OF_LOSSES = ", ".join(f"{amount} AS {name}_amount" for name, amount in AMOUNTS.items())
LOSSES = f"(SELECT unit AS of_unit, {OF_LOSSES} FROM selected) AS selected"  # noqa: S608, constants
IN_ALL += f", {collect_all_units(LOSSES, *AMOUNTS)} AS in_all_by_unit"
SUMS += f", {collect_grouped('selected.unit', **AMOUNTS)} AS by_unit"

# The sequence of the last movement of the product `bound` that was recorded until the instant: a binary search as in
# stock/booking/counts.py.
RECORDED_UNTIL = """(
    WITH RECURSIVE search AS (
        SELECT 0::bigint AS low, bound.stock_sequence AS high
        UNION ALL
        SELECT CASE WHEN is_recorded THEN middle ELSE low END, CASE WHEN is_recorded THEN high ELSE middle - 1 END
        FROM (SELECT low, high, (low + high + 1) / 2 AS middle FROM search WHERE low < high) AS half
        CROSS JOIN LATERAL (
            SELECT (
                SELECT created_at <= {instant} FROM stock_operation
                WHERE owner_id = %(owner)s::bigint AND id = movement.operation_id
            ) AS is_recorded
            FROM stock_movement AS movement
            WHERE owner_id = %(owner)s::bigint AND product_id = bound.product_id AND sequence = middle
        ) AS movement
    )
    SELECT low FROM search WHERE low = high
)"""
LATEST = f"bound.counted_at + make_interval(days => {MAX_DAYS_LATE})"
# For each window of the page, `previous` is the last count before that covers it, and `log` has the movements that were
# recorded from its beginning until MAX_DAYS_LATE after its end: no others are read. Counts, and what undoes them, are
# left out. OFFSET 0 is an optimization fence, as in stock/booking/counts.py.
WINDOWS = f"""{LOST.format(written_off="")}, page AS MATERIALIZED (
    SELECT selected.*, {IN_ALL}
    FROM (
        SELECT *, 1 AS number, greatest(units, 0) AS lost, greatest(-units, 0) AS found FROM selected
    ) AS selected
    ORDER BY value DESC, units DESC, counted_at DESC, count_id
    LIMIT %(limit)s OFFSET %(offset)s
)
SELECT bound.count_id AS count, bound.operation_id AS operation, previous.id AS previous,
    bound.product_id AS product, bound.name, bound.sku, bound.location_id AS location,
    location.name AS location_name, bound.lot_id AS lot, lot.code AS lot_code,
    NULL::text AS month, NULL::text AS reason,
    coalesce(previous.counted_at, least(first.occurred_at, bound.counted_at)) AS "from", bound.counted_at AS "to",
    bound.number, bound.units, bound.lost, bound.found, bound.value,
    inside.delivered, inside.sold, inside.moved_in, inside.moved_out, inside.otherwise,
    inside.deliveries, inside.sales, inside.transfers, inside.others, bound.unit, bound.decimals,
    NULL::json AS by_unit, bound.in_all, bound.in_all_number, bound.in_all_units, bound.in_all_lost, bound.in_all_found,
    bound.in_all_value, bound.in_all_by_unit
FROM (SELECT *, location_id IS NOT NULL OR lot_id IS NOT NULL OR nowhere AS is_placed FROM page) AS bound
LEFT JOIN LATERAL (
    SELECT kept.id, kept.counted_at FROM stock_stockcount AS kept
    WHERE {COVERS} AND kept.counted_at <= bound.counted_at
        AND (kept.counted_at < bound.counted_at OR kept.id < bound.count_id)
    ORDER BY kept.counted_at DESC, kept.id DESC LIMIT 1
) AS previous ON true
CROSS JOIN LATERAL (
    SELECT CASE WHEN previous.id IS NULL THEN 0 ELSE {RECORDED_UNTIL.format(instant="previous.counted_at")} END AS low,
        {RECORDED_UNTIL.format(instant=LATEST)} AS high
    OFFSET 0
) AS log
LEFT JOIN stock_location AS location ON location.owner_id = %(owner)s::bigint AND location.id = bound.location_id
LEFT JOIN stock_lot AS lot ON lot.owner_id = %(owner)s::bigint AND lot.id = bound.lot_id
LEFT JOIN LATERAL (
    SELECT operation.occurred_at FROM stock_movement AS movement
    JOIN stock_operation AS operation
        ON operation.owner_id = %(owner)s::bigint AND operation.id = movement.operation_id
    WHERE movement.owner_id = %(owner)s::bigint AND movement.product_id = bound.product_id AND movement.sequence = 1
) AS first ON true
CROSS JOIN LATERAL (
    SELECT coalesce(sum(change) FILTER (WHERE reason = 'purchase'), 0)::bigint AS delivered,
        coalesce(-sum(change) FILTER (WHERE reason = 'sale'), 0)::bigint AS sold,
        coalesce(sum(came_in) FILTER (WHERE reason = 'transfer'), 0)::bigint AS moved_in,
        coalesce(sum(went_out) FILTER (WHERE reason = 'transfer'), 0)::bigint AS moved_out,
        coalesce(sum(change) FILTER (WHERE reason NOT IN ('purchase', 'sale', 'transfer')), 0)::bigint AS otherwise,
        json_build_object(
            'number', coalesce(sum(number) FILTER (WHERE reason = 'purchase'), 0),
            'units', coalesce(sum(change) FILTER (WHERE reason = 'purchase'), 0)
        ) AS deliveries,
        coalesce(json_agg(json_build_object(
            'till', till.id, 'till_name', till.name, 'user', performed_by_id, 'username', done.name,
            'number', number, 'units', -change
        ) ORDER BY change, done.name) FILTER (WHERE reason = 'sale'), '[]') AS sales,
        json_build_object(
            'number', coalesce(sum(number) FILTER (WHERE reason = 'transfer'), 0),
            'units_in', coalesce(sum(came_in) FILTER (WHERE reason = 'transfer'), 0),
            'units_out', coalesce(sum(went_out) FILTER (WHERE reason = 'transfer'), 0)
        ) AS transfers,
        coalesce(json_agg(json_build_object('reason', reason, 'number', number, 'units', change) ORDER BY reason)
            FILTER (WHERE reason NOT IN ('purchase', 'sale', 'transfer')), '[]') AS others
    FROM (
        SELECT reason, performed_by_id, name, till, count(DISTINCT operation_id) AS number,
            sum(change)::bigint AS change, sum(greatest(change, 0))::bigint AS came_in,
            sum(greatest(-change, 0))::bigint AS went_out
        FROM (
            SELECT operation.id AS operation_id, operation.reason, {CHANGE} AS change, performer.performed_by_id,
                performer.name, performer.till
            FROM (
                SELECT id, operation_id, new_quantity - old_quantity AS change FROM stock_movement
                WHERE owner_id = %(owner)s::bigint AND product_id = bound.product_id
                    AND sequence > log.low AND sequence <= log.high
                OFFSET 0
            ) AS movement
            CROSS JOIN LATERAL (
                SELECT id, reason, occurred_at, performed_by_id, performer_id FROM stock_operation
                WHERE owner_id = %(owner)s::bigint AND id = movement.operation_id
                OFFSET 0
            ) AS operation
            LEFT JOIN LATERAL (
                SELECT operation.performed_by_id, name, till FROM stock_performer
                WHERE owner_id = %(owner)s::bigint AND id = operation.performer_id AND operation.reason = 'sale'
            ) AS performer ON true
            WHERE operation.occurred_at <= bound.counted_at
                AND (previous.id IS NULL OR operation.occurred_at > previous.counted_at)
                AND CASE operation.reason WHEN 'count' THEN false
                    WHEN 'reversal' THEN {FIRST_REASON.format(operation="operation.id")} <> 'count' ELSE true END
        ) AS movement
        WHERE change <> 0
        GROUP BY reason, performed_by_id, name, till
    ) AS done
    LEFT JOIN tills_till AS till ON till.owner_id = %(owner)s::bigint AND till.id = done.till
) AS inside
ORDER BY bound.value DESC, bound.units DESC, bound.counted_at DESC, bound.count_id
"""  # noqa: S608, constants

# The columns that identify a row, with what they are grouped and ordered by.
MONTH = "to_char(%(first_day)s::date + width_bucket(selected.counted_at, %(midnights)s::timestamptz[]) - 1, 'YYYY-MM')"
NO_REASON = "NULL::text AS reason"
KEYS = {
    "product": "selected.product_id AS product, selected.name, selected.sku, NULL::bigint AS location,"
    " NULL::text AS location_name, NULL::text AS month, {reason}, selected.unit, selected.decimals",
    "location": "NULL::bigint AS product, '' AS name, '' AS sku, location.id AS location,"
    " location.name AS location_name, NULL::text AS month, {reason}, '' AS unit, 0 AS decimals",
    "month": "NULL::bigint AS product, '' AS name, '' AS sku, NULL::bigint AS location, NULL::text AS location_name,"
    f" {MONTH} AS month, {{reason}}, '' AS unit, 0 AS decimals",
    "reason": "NULL::bigint AS product, '' AS name, '' AS sku, NULL::bigint AS location, NULL::text AS location_name,"
    " NULL::text AS month, selected.reason, '' AS unit, 0 AS decimals",
}
GROUPS = {
    "product": "selected.product_id, selected.name, selected.sku, selected.unit, selected.decimals",
    "location": "location.id, location.name", "month": MONTH, "reason": "selected.reason",
}  # fmt: skip
ORDERS = {
    "product": "value DESC, product", "location": "value DESC, location", "month": "month",
    "reason": "value DESC, reason",
}  # fmt: skip
GROUPED = """
SELECT NULL::bigint AS count, NULL::bigint AS operation, NULL::bigint AS previous, product, name, sku, location,
    location_name, NULL::bigint AS lot, NULL::text AS lot_code, month, reason,
    NULL::timestamptz AS "from", NULL::timestamptz AS "to", number, units, lost, found, value,
    NULL::json AS deliveries, NULL::json AS sales, NULL::json AS transfers, NULL::json AS others, unit, decimals,
    by_unit, {in_all}
FROM (
    SELECT {keys}, {sums}
    FROM selected
    LEFT JOIN stock_location AS location
        ON location.owner_id = %(owner)s::bigint AND location.id = selected.location_id
    GROUP BY {group}
) AS report
ORDER BY {order}
LIMIT %(limit)s OFFSET %(offset)s
"""


def build_losses(by: str) -> str:
    """Return the statement with a row for each window, product, location, month or reason."""
    if by == "window":
        return WINDOWS
    written_off = f"    UNION ALL {WRITTEN_OFF.format(location='NULL::bigint')}" if by == "reason" else ""
    lost = LOST.format(written_off=written_off)
    return lost + GROUPED.format(
        in_all=IN_ALL, keys=KEYS[by].format(reason=NO_REASON), sums=SUMS, group=GROUPS[by], order=ORDERS[by]
    )


def build_written_off(by: str) -> str:
    """Return the statement with a row for each reason of what was written off and, by `by`, each product and so on."""
    by = "reason" if by == "window" else by
    lost = WRITTEN_OFF.format(location=ONE_LOCATION if by == "location" else "NULL::bigint")
    keys = KEYS[by].format(reason="selected.reason")
    group = GROUPS[by] if by == "reason" else f"{GROUPS[by]}, selected.reason"
    grouped = GROUPED.format(in_all=IN_ALL, keys=keys, sums=SUMS, group=group, order="value DESC, reason, product")
    return f"WITH lost AS MATERIALIZED ({lost}){SELECTED}{grouped}"
