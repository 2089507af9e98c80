"""Statements on levels. Each names the owner, so that Citus executes it on one server."""

# `lying` has what lies at each place, and at none of them in a lot, without lots that have expired. `low` has the
# levels of live products at live places at which no more than `low_at` lies.
LOW = """shop AS (
    SELECT (now() AT TIME ZONE time_zone)::date AS today FROM users_user WHERE id = %(owner)s::bigint
), lying AS MATERIALIZED (
    SELECT holding.location_id, holding.product_id, sum(holding.quantity)::bigint AS quantity
    FROM shop
    CROSS JOIN stock_holding AS holding
    LEFT JOIN stock_lot AS lot ON lot.owner_id = %(owner)s::bigint AND lot.id = holding.lot_id
    WHERE holding.owner_id = %(owner)s::bigint AND (lot.expires_on IS NULL OR lot.expires_on >= shop.today)
    GROUP BY holding.location_id, holding.product_id
), low AS MATERIALIZED (
    SELECT level.location_id, location.name AS location_name, level.product_id, level.low_at, level.fill_to,
        coalesce(here.quantity, 0) AS here
    FROM levels_level AS level
    JOIN stock_location AS location ON location.owner_id = %(owner)s::bigint AND location.id = level.location_id
    JOIN products_product AS product ON product.owner_id = %(owner)s::bigint AND product.id = level.product_id
    LEFT JOIN lying AS here ON here.location_id = level.location_id AND here.product_id = level.product_id
    WHERE level.owner_id = %(owner)s::bigint AND coalesce(here.quantity, 0) <= level.low_at
        AND location.archived_at IS NULL AND product.archived_at IS NULL AND product.keeps_stock
)"""

# Returns the places at which products are low, each with their number, most of them first.
COUNT_LOW = f"""WITH {LOW}
SELECT location_id, location_name, count(*) FROM low
GROUP BY location_id, location_name ORDER BY count(*) DESC, location_id LIMIT %(limit)s
"""

# Returns what is low, with what may be moved there.
#
# `sourced` has what lies at the source without expired lots, less what is its own `low_at`. Places that draw on one
# source are served emptiest first, each with what those before it leave: `taken` is the sum of what these need. The
# quotient is that of two whole numbers below 2^53, so equal ones are equal. Filters choose rows at the end, and change
# no number.
REFILL = f"""WITH {LOW}, sourced AS (
    SELECT low.*, low.fill_to - low.here AS needed,
        refilled.id IS NOT NULL AND refilled.source_id IS NULL AS is_nowhere,
        source.id AS source_id, source.name AS source_name,
        greatest(0, CASE WHEN source.id IS NULL THEN product.quantity - product.held ELSE 0 END
            + coalesce(lying.quantity, 0) - coalesce(level.low_at, 0)) AS there
    FROM low
    JOIN products_product AS product ON product.owner_id = %(owner)s::bigint AND product.id = low.product_id
    LEFT JOIN levels_refillsource AS refilled
        ON refilled.owner_id = %(owner)s::bigint AND refilled.location_id = low.location_id
    LEFT JOIN stock_location AS source
        ON source.owner_id = %(owner)s::bigint AND source.id = refilled.source_id AND source.archived_at IS NULL
    LEFT JOIN lying
        ON lying.product_id = low.product_id AND coalesce(lying.location_id, 0) = coalesce(source.id, 0)
    LEFT JOIN levels_level AS level
        ON level.owner_id = %(owner)s::bigint AND level.location_id = source.id AND level.product_id = low.product_id
), served AS (
    SELECT sourced.*, source_id IS NOT NULL OR is_nowhere AS has_source, sum(needed) OVER (
        PARTITION BY product_id, source_id, is_nowhere
        ORDER BY here::float8 / greatest(low_at, 1), location_id
        ROWS UNBOUNDED PRECEDING
    ) - needed AS taken
    FROM sourced
), suggested AS (
    SELECT served.*, least(needed, greatest(there - taken, 0))::bigint AS suggested FROM served
)
SELECT low.location_id AS location, low.location_name, product.id AS product, product.name, product.sku, product.unit,
    low.here, low.low_at, low.fill_to, low.needed, CASE WHEN is_nowhere THEN 'none' ELSE source_id::text END AS "from",
    source_name AS from_name, CASE WHEN has_source THEN there END AS there,
    CASE WHEN has_source THEN suggested END AS suggested,
    CASE WHEN has_source THEN needed - suggested ELSE needed END AS short, product.decimals,
    count(*) OVER () AS in_all
FROM suggested AS low
JOIN products_product AS product ON product.owner_id = %(owner)s::bigint AND product.id = low.product_id
{{category}}
WHERE {{selected}}
    AND (%(location)s::bigint IS NULL OR low.location_id = %(location)s::bigint)
    AND (%(location_name)s::text IS NULL OR {{is_location}})
    AND (%(from)s::bigint IS NULL OR source_id = %(from)s::bigint)
    AND (%(from_name)s::text IS NULL OR {{is_source}} OR (is_nowhere AND lower(%(from_name)s::text) = 'none'))
ORDER BY NOT has_source, lower(source_name) NULLS FIRST, source_id, lower(location_name), location_id,
    lower(product.name), product.id
LIMIT %(limit)s OFFSET %(offset)s
"""
