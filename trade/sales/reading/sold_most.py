"""The products that a shop has in most of its last sales."""

from decimal import Decimal
from typing import NamedTuple

from core.database.replicas import read
from trade.sales import sql

MAX_PRODUCTS = 10


class SoldMost(NamedTuple):
    """A product that is sold often. `picture` is the address of its picture, or None."""

    id: int
    name: str
    sku: str
    barcode: str
    options: list[str] | None
    price: Decimal
    decimals: int
    unit: str
    picture: str | None


def read_sold_most(owner_id: int) -> list[SoldMost]:
    """Return the live products that are in most of the last sales, those of most sales first."""
    return [SoldMost(*row) for row in read(sql.SOLD_MOST, {"owner": owner_id, "limit": MAX_PRODUCTS})]
