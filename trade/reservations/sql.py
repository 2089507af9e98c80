"""Statements written by hand."""

# Inserts a reservation, and returns its id and its times. It runs while the products are locked.
RESERVE = """
INSERT INTO reservations_reservation (owner_id, made_by_id, made_by_username, reference, note, metadata, created_at,
    expires_at)
SELECT %(owner)s::bigint, %(made_by)s::bigint, %(made_by_username)s::text, %(reference)s::text, %(note)s::text,
    %(metadata)s::jsonb, statement_timestamp(),
    statement_timestamp() + make_interval(secs => %(expires_in)s::double precision)
RETURNING id, created_at, expires_at
"""

# Selects the lines of open reservations that have not expired. A reservation expires without a write, and its lines
# remain. PostgreSQL can compare statement_timestamp() by an index, but clock_timestamp() only row by row. The statement
# begins after the transaction has acquired its locks.
RESERVED_LINES = """reservations_reservationline AS line
    WHERE line.owner_id = {owner} AND line.reserved_until > statement_timestamp()"""
# Returns the reserved quantity of each of these products that has one.
RESERVED_BY_PRODUCT = f"""
SELECT line.product_id AS id, sum(line.quantity)::bigint AS reserved
FROM {RESERVED_LINES.format(owner="%(owner)s::bigint")} AND line.product_id = ANY(%(products)s::bigint[])
GROUP BY line.product_id
"""  # noqa: S608, constants
