"""Statements written by hand."""

# Inserts a reservation, and returns its id and its times. It runs while the products are locked.
RESERVE = """
INSERT INTO reservations_reservation (owner_id, made_by_id, made_by_username, reference, note, created_at, expires_at)
SELECT %(owner)s::bigint, %(made_by)s::bigint, %(made_by_username)s::text, %(reference)s::text, %(note)s::text,
    statement_timestamp(), statement_timestamp() + make_interval(secs => %(expires_in)s::double precision)
RETURNING id, created_at, expires_at
"""
