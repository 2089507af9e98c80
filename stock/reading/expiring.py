"""Find the stock that expires soon, for the start page and the daily notices."""

from datetime import date
from typing import Any, NamedTuple

from core.database.replicas import read
from products.reading import sql

DAYS_AHEAD = 14  # the events and the notices announce what expires within this time


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


def find_expiring_lots(owner_id: int, first: date, last: date, limit: int) -> tuple[list[Expiring], int]:
    """Return the stock that expires on these days, the earliest first, and the number of all such rows."""
    return fetch_expiring(sql.EXPIRING_LOTS, owner=owner_id, first=first, last=last, limit=limit)


def find_expiring_products(owner_id: int, first: date, last: date, limit: int) -> tuple[list[Expiring], int]:
    """Return the stock that expires on these days by product, each product with its earliest date, and the number of
    products.
    """
    return fetch_expiring(sql.EXPIRING_PRODUCTS, owner=owner_id, first=first, last=last, limit=limit)


def fetch_expiring(statement: str, **values: Any) -> tuple[list[Expiring], int]:
    rows = read(statement, values)
    return [Expiring(*row[:-1]) for row in rows], rows[0][-1] if rows else 0
