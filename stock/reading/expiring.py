"""Find the stock that expires, for the start page, the daily notices and the page that writes off."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from core.database.replicas import read
from core.sentences import Goods
from products.reading import figures as sql

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
    unit: str
    decimals: int

    @property
    def shown_quantity(self) -> str:
        return f"{Goods(self.quantity, self.decimals, self.unit)}"


def read_expiring(
    owner_id: int, first: date, last: date, limit: int, *, by_product: bool = False
) -> tuple[list[Expiring], int]:
    """Return the stock that expires on these days, the earliest first, and the number of all such rows.

    With `by_product`, each product is one row, with its earliest date.
    """
    statement = sql.EXPIRING_PRODUCTS if by_product else sql.EXPIRING_LOTS
    rows = read(statement, {"owner": owner_id, "first": first, "last": last, "limit": limit})
    return [Expiring(*row[:-1]) for row in rows], rows[0][-1] if rows else 0


def read_expiring_of(owner_id: int, products: Sequence[int], first: date, last: date, limit: int) -> list[Expiring]:
    """Return the stock of these products that expires on these days, by the names of the products."""
    days = {"first": first, "last": last}
    values = {"owner": owner_id, "products": list(products), **days, "limit": limit}
    return [Expiring(*row) for row in read(sql.EXPIRING_OF_PRODUCTS, values)]
