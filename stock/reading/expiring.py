"""Find the stock that expires soon, for the start page and the daily notices."""

from datetime import date
from typing import NamedTuple

from core.database.replicas import read
from products.reading import sql

DAYS_AHEAD = 14  # events, notices and marks of pages announce what expires within this time


class Expiring(NamedTuple):
    """Stock that expires: a lot, the stock of a product outside of dated lots, or the sum of both for a product.

    `lot_code` is empty unless the row is a single lot.
    """

    id: int
    name: str
    sku: str
    lot_code: str
    expires_on: date
    quantity: int


def read_expiring(
    owner_id: int, first: date, last: date, limit: int, *, by_product: bool = False
) -> tuple[list[Expiring], int]:
    """Return the stock that expires on these days, the earliest first, and the number of all such rows.

    With `by_product`, each product is one row, with its earliest date.
    """
    statement = sql.EXPIRING_PRODUCTS if by_product else sql.EXPIRING_LOTS
    rows = read(statement, {"owner": owner_id, "first": first, "last": last, "limit": limit})
    return [Expiring(*row[:-1]) for row in rows], rows[0][-1] if rows else 0
