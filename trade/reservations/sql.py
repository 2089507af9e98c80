"""Statements written by hand."""

from stock.models.sql import IS_UNDONE
from trade.reservations.models import RESERVED_LINES, SAID

# Numbers the reservations of the shop that release 1.0.0 has made without numbers.
NUMBER_OTHERS = """
UPDATE reservations_reservation AS reservation SET number = unnumbered.number
FROM (
    SELECT id, row_number() OVER (ORDER BY id) + (
        SELECT coalesce(max(number), 0) FROM reservations_reservation WHERE owner_id = %(owner)s::bigint
    ) AS number
    FROM reservations_reservation WHERE owner_id = %(owner)s::bigint AND number IS NULL
) AS unnumbered
WHERE reservation.owner_id = %(owner)s::bigint AND reservation.id = unnumbered.id
"""
# Inserts a reservation with the next number of the shop, and returns its id, its number and its times. It runs while
# the products are locked, and while no other transaction numbers reservations of the shop. On Citus, an INSERT that
# begins with the UPDATE would get its id from the sequence of the server that has the shop, not from that of the table.
RESERVE = """
INSERT INTO reservations_reservation (owner_id, number, customer_id, wanted_on, continues_id, made_by_id,
    made_by_username, reference, note, metadata, discount_percent, discount_amount, created_at, expires_at)
SELECT %(owner)s::bigint, coalesce(max(number), 0) + 1, %(customer)s::bigint,
    %(wanted_on)s::date, %(continues)s::bigint, %(made_by)s::bigint, %(made_by_username)s::text, %(reference)s::text,
    %(note)s::text, %(metadata)s::jsonb, %(percent)s::numeric, %(amount)s::numeric,
    coalesce(%(created_at)s::timestamptz, statement_timestamp()),
    coalesce(
        %(expires_at)s::timestamptz,
        statement_timestamp() + make_interval(secs => %(expires_in)s::double precision)
    )
FROM reservations_reservation WHERE owner_id = %(owner)s::bigint
RETURNING id, number, created_at, expires_at, updated_at
"""


def make_insert(table: str, link: str, column: str, value: str) -> str:
    """Return the statement that inserts the lines of an order or a quote in the order of the arrays.

    If it, or the reservation that it continues, had the product already, the new line keeps the same names and unit.
    Otherwise it keeps the present ones. A new price is with or without VAT as those of the shop are. `column` is what
    these lines alone have, and `value` the SQL of it.
    """
    return f"""
INSERT INTO {table} (owner_id, {link}, product_id, quantity, unit_price, total, price_from, is_net, {column},
    {", ".join(SAID)})
SELECT %(owner)s::bigint, %(order)s::bigint, product.id, ordered.quantity, ordered.unit_price,
    ordered.total, nullif(ordered.price_from, ''),
    CASE WHEN coalesce(ordered.unit_price, ordered.total) IS NOT NULL
        THEN coalesce(ordered.is_net, NOT shop.prices_include_tax) END, {value},
    {", ".join(f"coalesce(ordered.{name}, product.{name})" for name in SAID)}
FROM unnest(%(products)s::bigint[], %(quantities)s::bigint[], %(prices)s::numeric[],
    %(totals)s::numeric[], %(sources)s::text[], %(nets)s::boolean[],
    {", ".join(f"%({name})s::text[]" for name in SAID)}) WITH ORDINALITY
    AS ordered (product_id, quantity, unit_price, total, price_from, is_net, {", ".join(SAID)}, place)
JOIN products_product AS product ON product.owner_id = %(owner)s::bigint AND product.id = ordered.product_id
JOIN users_user AS shop ON shop.id = product.owner_id
ORDER BY ordered.place
"""


INSERT_LINES = make_insert("reservations_reservationline", "reservation_id", "reserved_until", "%(until)s::timestamptz")

# Returns the reserved quantity of each of these products that has one.
RESERVED_BY_PRODUCT = f"""
SELECT line.product_id AS id, sum(line.quantity)::bigint AS reserved
FROM {RESERVED_LINES.format(owner="%(owner)s::bigint")} AND line.product_id = ANY(%(products)s::bigint[])
GROUP BY line.product_id
"""

# Returns whether the sale that has fulfilled a reservation was undone.
SALE_IS_UNDONE = f"SELECT {IS_UNDONE.format(operation='%(operation)s::bigint')}"
