"""Read what a till needs to sell without a network, and the numbers of tills that are missing."""

from collections.abc import Iterable, Sequence
from itertools import chain, islice
from typing import Any, NamedTuple

from core.database.replicas import read
from tills import sql

MAX_PRODUCTS = 2000  # the most products of a page of the catalogue
MAX_NUMBERS = 1000  # the most missing numbers, and the most of those given up, in a response
COLUMNS = ("id", "name", "sku", "barcode", "codes", "unit", "price", "available", "updated_at")


class Gaps(NamedTuple):
    """The missing numbers of a till and those that were given up, each as ranges."""

    till: int
    name: str
    last: int
    dropped: Any
    missing: Any

    def list_missing(self, after: int = 0, limit: int = MAX_NUMBERS) -> list[int]:
        return list_numbers(self.missing, after, limit)

    def list_dropped(self, after: int = 0, limit: int = MAX_NUMBERS) -> list[int]:
        return list_numbers(self.dropped, after, limit)

    @property
    def count_missing(self) -> int:
        return sum(numbers.upper - numbers.lower for numbers in self.missing)

    @property
    def first_missing(self) -> int:
        return self.list_missing(limit=1)[0]


def list_numbers(ranges: Iterable[Any], after: int, limit: int) -> list[int]:
    """Return the first numbers above `after` in the ranges, which are in ascending order."""
    return list(islice(chain(*(range(max(r.lower, after + 1), r.upper) for r in ranges)), limit))


def find_gaps(owner_id: int, tills: Sequence[int]) -> list[Gaps]:
    """Return the gaps of these tills of the account, in the order of their ids."""
    return [Gaps(*row) for row in read(sql.GAPS, {"owner": owner_id, "tills": list(tills)})]


def read_catalogue(owner_id: int, after: int) -> dict[str, Any]:
    """Return a page of live products after the id, the id after which the next page begins, and the feed's position.

    The position is read before the products, from the same database: all later changes are in the events after it.
    """
    position = read(sql.FIND_POSITION, {"owner": owner_id})
    rows = read(sql.CATALOGUE, {"owner": owner_id, "after": after, "limit": MAX_PRODUCTS + 1})
    products = [dict(zip(COLUMNS, row, strict=True)) for row in rows[:MAX_PRODUCTS]]
    return {
        "position": position[0][0] if position else 0,
        "products": products,
        "next": products[-1]["id"] if len(rows) > MAX_PRODUCTS else None,
    }
