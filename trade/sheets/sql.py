"""Statements written by hand. Each names the owner, so that Citus executes it on one server."""

from stock.booking.sql import LOT_THEN

# Inserts entries, with the time of the statement if a time is missing. An entry that replaces one that is replaced
# already is omitted: two requests may replace the same entry at the same time.
INSERT_ENTRIES = """
INSERT INTO sheets_entry (
    owner_id, sheet_id, product_id, location_id, lot, quantity, counted_at, replaces_id, entered_by_id, created_at
)
SELECT %(owner)s::bigint, %(sheet)s::bigint, product, location, lot, quantity, coalesce(counted_at, clock.now),
    replaces, %(by)s::bigint, clock.now
FROM (SELECT clock_timestamp() AS now) AS clock, unnest(
    %(products)s::bigint[], %(locations)s::bigint[], %(lots)s::text[], %(quantities)s::bigint[],
    %(times)s::timestamptz[], %(replaced)s::bigint[]
) WITH ORDINALITY AS entry (product, location, lot, quantity, counted_at, replaces, number)
ORDER BY number
ON CONFLICT (owner_id, replaces_id) WHERE replaces_id IS NOT NULL DO NOTHING
RETURNING id
"""

# The state of each product of a sheet. Products that were only entered have no line before something is booked.
STATES = """
SELECT product_id, CASE
    WHEN max(entry) > coalesce(greatest(max(booked_to), max(recounted_to)), 0) THEN 'counted'
    WHEN max(booked_at) IS NOT NULL THEN 'booked'
    WHEN max(recounted_to) IS NOT NULL THEN 'recount'
    ELSE 'uncounted'
END AS state
FROM (
    SELECT product_id, booked_to, recounted_to, booked_at, NULL::bigint AS entry FROM sheets_sheetline
    WHERE owner_id = %(owner)s::bigint AND sheet_id = {sheet}
    UNION ALL
    SELECT product_id, NULL, NULL, NULL, id FROM sheets_entry
    WHERE owner_id = %(owner)s::bigint AND sheet_id = {sheet}
) AS part
GROUP BY product_id
"""
STATES_OF_SHEET = STATES.format(sheet="%(sheet)s::bigint")
PROGRESS = f"""
SELECT sheet.id, (
    SELECT count(*) FROM sheets_entry WHERE owner_id = %(owner)s::bigint AND sheet_id = sheet.id
), count(*) FILTER (WHERE found.state = 'uncounted'), count(*) FILTER (WHERE found.state = 'counted'),
    count(*) FILTER (WHERE found.state = 'recount'), count(*) FILTER (WHERE found.state = 'booked')
FROM unnest(%(sheets)s::bigint[]) AS sheet (id) CROSS JOIN LATERAL ({STATES.format(sheet="sheet.id")}) AS found
GROUP BY sheet.id
"""

# The code that the lot of an entry has now: it may have had another one when it was counted.
LOT_NOW = "CASE WHEN lot = '' THEN '' ELSE coalesce(({} LIMIT 1), lot) END".format(
    LOT_THEN.format(column="code", at="counted_at", product="sheets_entry.product_id", former="sheets_entry.lot")
)
# Returns what is counted and not booked, by product and place, for the products after an id. The mark of a product is
# its last entry that is booked or no longer counts. A product with an entry that is newer than `upto` is omitted. The
# tables are not joined: without statistics, as in a shop's first hour, PostgreSQL would compare each entry with all
# others.
COUNTED = f"""
SELECT product_id, location_id, (array_agg(lot ORDER BY id))[1], lower(lot), sum(quantity)::bigint, max(counted_at),
    array_agg(entered_by_id ORDER BY id)
FROM (
    SELECT *, max(mark) OVER product AS last_mark, max(id) OVER product AS newest
    FROM (
        SELECT id, product_id, location_id, {LOT_NOW} AS lot, quantity, counted_at, entered_by_id, NULL::bigint AS mark
        FROM sheets_entry
        WHERE owner_id = %(owner)s::bigint AND sheet_id = %(sheet)s::bigint AND product_id > %(after)s::bigint
        UNION ALL
        SELECT NULL, product_id, NULL, NULL, NULL, NULL, NULL, greatest(booked_to, recounted_to)
        FROM sheets_sheetline
        WHERE owner_id = %(owner)s::bigint AND sheet_id = %(sheet)s::bigint AND product_id > %(after)s::bigint
    ) AS part
    WINDOW product AS (PARTITION BY product_id)
) AS entry
WHERE id > coalesce(last_mark, 0) AND newest <= coalesce(%(upto)s::bigint, newest) AND id NOT IN (
    SELECT replaces_id FROM sheets_entry
    WHERE owner_id = %(owner)s::bigint AND sheet_id = %(sheet)s::bigint AND replaces_id IS NOT NULL
)
GROUP BY product_id, location_id, lower(lot)
"""

# Returns the entries that still count, with their products.
FIND_REPLACEABLE = """
SELECT entry.id, entry.product_id FROM sheets_entry AS entry
LEFT JOIN sheets_sheetline AS line ON line.owner_id = %(owner)s::bigint AND line.sheet_id = %(sheet)s::bigint
    AND line.product_id = entry.product_id
WHERE entry.owner_id = %(owner)s::bigint AND entry.sheet_id = %(sheet)s::bigint
    AND entry.id = ANY(%(entries)s::bigint[])
    AND entry.id > coalesce(greatest(line.booked_to, line.recounted_to), 0)
    AND NOT EXISTS (
        SELECT FROM sheets_entry AS later
        WHERE later.owner_id = %(owner)s::bigint AND later.replaces_id = entry.id
    )
"""

# Adds lines for products that were only entered. It runs while the sheet is locked.
ADD_EXTRA_LINES = """
INSERT INTO sheets_sheetline (owner_id, sheet_id, product_id)
SELECT DISTINCT %(owner)s::bigint, %(sheet)s::bigint, product_id FROM sheets_entry
WHERE owner_id = %(owner)s::bigint AND sheet_id = %(sheet)s::bigint
ON CONFLICT (owner_id, sheet_id, product_id) DO NOTHING
"""
MARK_BOOKED = """
UPDATE sheets_sheetline AS line
SET booked_to = %(upto)s::bigint, booked_at = statement_timestamp(), operation_id = %(operation)s::bigint
WHERE line.owner_id = %(owner)s::bigint AND line.sheet_id = %(sheet)s::bigint
    AND line.product_id = ANY(%(products)s::bigint[])
"""
# Returns what the last booking of each of these products has found: the sums of its counts at all places, which were
# kept together, and before the product was marked. No other count of it is between, because the product was locked.
FOUND = """
SELECT line.product_id, sum(kept.counted)::bigint, sum(kept.expected)::bigint,
    sum(CASE WHEN kept.outdated THEN 0 ELSE kept.counted - kept.expected END)::bigint, line.operation_id
FROM sheets_sheetline AS line
JOIN stock_stockcount AS kept ON kept.owner_id = %(owner)s::bigint AND kept.product_id = line.product_id
    AND kept.created_at = (
        SELECT max(created_at) FROM stock_stockcount
        WHERE owner_id = %(owner)s::bigint AND product_id = line.product_id AND created_at <= line.booked_at
    )
WHERE line.owner_id = %(owner)s::bigint AND line.sheet_id = %(sheet)s::bigint
    AND line.product_id = ANY(%(products)s::bigint[])
GROUP BY line.product_id, line.operation_id
"""
# Locks the row of a sheet against booking, dropping and recounts, but not against other entries.
SHARE_SHEET = "SELECT id FROM sheets_sheet WHERE owner_id = %(owner)s::bigint AND id = %(sheet)s::bigint FOR SHARE"
