"""The statements behind the support desk's figures."""

# The number of live products of one account or of all, of those with low stock and of those with none. Reads at most
# %(limit)s products.
PRODUCT_COUNTS = """
SELECT count(*), count(*) FILTER (WHERE quantity <= min_threshold AND quantity > 0),
    count(*) FILTER (WHERE quantity <= min_threshold AND quantity = 0)
FROM (
    SELECT quantity, min_threshold FROM products_product
    WHERE {whose} archived_at IS NULL LIMIT %(limit)s
) AS looked_at
"""

ONE_ACCOUNT, ALL_ACCOUNTS = "owner_id = %(owner)s AND", ""

# The numbers of movements in and out between each of these instants and the next, in all accounts. Movements have no
# index on time, but ids ascend with time: a binary search finds the first id after an instant in some twenty steps.
# Only the newest %(limit)s ids are counted. `is_cut` marks a span that began before them.
MOVEMENTS_SINCE = """
WITH RECURSIVE ends AS (
    SELECT min(id) AS oldest, greatest(max(id) - %(limit)s, 0) + 1 AS first, max(id) AS last FROM stock_movement
), bound AS (
    SELECT instant, first AS low, last + 1 AS high FROM ends, unnest(%(instants)s::timestamptz[]) AS instant
    UNION ALL
    SELECT instant, CASE WHEN is_older THEN middle + 1 ELSE low END, CASE WHEN is_older THEN high ELSE middle END
    FROM (SELECT instant, low, high, (low + high) / 2 AS middle FROM bound WHERE low < high) AS half
    CROSS JOIN LATERAL (
        SELECT owner_id, operation_id FROM stock_movement WHERE id >= middle ORDER BY id LIMIT 1
    ) AS movement
    CROSS JOIN LATERAL (
        SELECT created_at < instant AS is_older FROM stock_operation
        WHERE owner_id = movement.owner_id AND id = movement.operation_id
    ) AS operation
)
SELECT instant, came, went, span.start = first AND first > oldest AS is_cut
FROM ends, (
    SELECT instant, low AS start, lead(low, 1, last + 1) OVER (ORDER BY instant) AS finish
    FROM ends, bound WHERE low = high
) AS span
CROSS JOIN LATERAL (
    SELECT count(*) FILTER (WHERE movement_type = 'IN') AS came, count(*) FILTER (WHERE movement_type = 'OUT') AS went
    FROM stock_movement WHERE id >= span.start AND id < span.finish
) AS counted
ORDER BY instant
"""
