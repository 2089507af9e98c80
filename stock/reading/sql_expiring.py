"""The statement that finds expiring lots that have no event yet."""

# Returns the lots of an account that are in stock, expire by %(last)s and have no event yet, the earliest first. The
# condition on the event is that of its unique constraint.
LOTS_WITHOUT_EVENT = """
SELECT lot.product_id, lot.id, lot.expires_on, sum(holding.quantity)::bigint
FROM stock_lot AS lot
JOIN stock_holding AS holding ON holding.owner_id = %(owner)s::bigint AND holding.lot_id = lot.id
WHERE lot.owner_id = %(owner)s::bigint AND lot.expires_on <= %(last)s::date AND NOT EXISTS (
    SELECT FROM events_event AS event
    WHERE event.owner_id = %(owner)s::bigint AND event.type = 'lot.expiring' AND event.data ->> 'lot' = lot.id::text
)
GROUP BY lot.product_id, lot.id, lot.expires_on
ORDER BY lot.expires_on, lot.id
LIMIT %(limit)s
"""
