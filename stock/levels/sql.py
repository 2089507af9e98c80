"""Statements on levels. Each names the owner, so that Citus executes it on one server."""

# Sums what lies at a place, or in lots without a place, except in expired lots. The index finds it for each level: the
# planner can't know how many products are low, and a wrong guess would make joins of sums very slow.
LYING = """SELECT coalesce(sum(holding.quantity), 0)::bigint AS quantity
    FROM stock_holding AS holding
    LEFT JOIN stock_lot AS lot ON lot.owner_id = %(owner)s::bigint AND lot.id = holding.lot_id
    WHERE holding.owner_id = %(owner)s::bigint AND holding.product_id = {product} AND {place}
        AND (lot.expires_on IS NULL OR lot.expires_on >= shop.today)"""
# `low` has the levels at which no more than `low_at` lies, without those of archived products and places.
LOW = f"""shop AS (
    SELECT (now() AT TIME ZONE time_zone)::date AS today FROM users_user WHERE id = %(owner)s::bigint
), low AS MATERIALIZED (
    SELECT level.location_id, location.name AS location_name, level.product_id, level.low_at, level.fill_to,
        here.quantity AS here
    FROM shop
    CROSS JOIN levels_level AS level
    JOIN stock_location AS location ON location.owner_id = %(owner)s::bigint AND location.id = level.location_id
    JOIN products_product AS product ON product.owner_id = %(owner)s::bigint AND product.id = level.product_id
    CROSS JOIN LATERAL (
    {LYING.format(product="level.product_id", place="holding.location_id = level.location_id")}
    ) AS here
    WHERE level.owner_id = %(owner)s::bigint AND here.quantity <= level.low_at
        AND location.archived_at IS NULL AND product.archived_at IS NULL AND product.keeps_stock
)"""

AT_SOURCE = LYING.format(product="low.product_id", place="holding.location_id = source.id")
IN_LOTS = LYING.format(product="low.product_id", place="holding.location_id IS NULL")
# Returns the places at which products are low, each with the number of these products, the highest number first.
COUNT_LOW = f"""WITH {LOW}
SELECT location_id, location_name, count(*) FROM low
GROUP BY location_id, location_name ORDER BY count(*) DESC, location_id LIMIT %(limit)s
"""

# Returns what is low, with what may be moved there.
#
# `there` in `sourced` is what lies at the source without expired lots, less the `low_at` of the source. Places with one
# source are served by `here / low_at`, the emptiest first, each with what those before it leave: `taken` is the sum of
# what these need. Both numbers are below 2^53, so equal quotients compare as equal. Filters choose rows at the end, and
# change no number.
REFILL = f"""WITH {LOW}, sourced AS (
    SELECT low.*, low.fill_to - low.here AS needed,
        refilled.id IS NOT NULL AND refilled.refill_from_id IS NULL AS is_nowhere,
        source.id AS source_id, source.name AS source_name,
        greatest(0, lying.quantity - coalesce(level.low_at, 0)) AS there
    FROM shop
    CROSS JOIN low
    LEFT JOIN levels_refillsource AS refilled
        ON refilled.owner_id = %(owner)s::bigint AND refilled.location_id = low.location_id
    LEFT JOIN stock_location AS source
        ON source.owner_id = %(owner)s::bigint AND source.id = refilled.refill_from_id AND source.archived_at IS NULL
    LEFT JOIN levels_level AS level
        ON level.owner_id = %(owner)s::bigint AND level.location_id = source.id AND level.product_id = low.product_id
    CROSS JOIN LATERAL (
        SELECT CASE
            WHEN source.id IS NOT NULL THEN ({AT_SOURCE})
            WHEN refilled.id IS NOT NULL AND refilled.refill_from_id IS NULL THEN ({IN_LOTS}) + (
                SELECT quantity - held FROM products_product
                WHERE owner_id = %(owner)s::bigint AND id = low.product_id
            )
        END AS quantity
    ) AS lying
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
