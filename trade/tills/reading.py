"""Read the catalogue, with which a till sells without a network, and the numbers of tills that are missing."""

from collections.abc import Iterable, Sequence
from itertools import chain, islice
from typing import Any, NamedTuple

from core.database.replicas import read
from records.events.services import find_head
from trade.tills import sql
from trade.tills.models import read_ranges

MAX_PRODUCTS = 2000  # the most products of a page of the catalogue
MAX_NUMBERS = 1000  # the most missing numbers, and the most of those given up, in a response
COLUMNS = (
    "id", "name", "sku", "barcode", "codes", "unit", "decimals", "price", "tax", "available", "updated_at", "picture",
)  # fmt: skip


class Gaps(NamedTuple):
    """Ranges of numbers of a till, in ascending order: those given up, those missing, and those that may be missing.

    Numbers that may be missing are the rest of a block: nobody knows whether the device gave them.
    """

    till: int
    name: str
    last: int
    dropped: tuple[range, ...]
    missing: tuple[range, ...]
    unproven: tuple[range, ...]

    @property
    def count_missing(self) -> int:
        return sum(map(len, self.missing))

    @property
    def first_missing(self) -> int:
        return self.missing[0].start


def list_numbers(ranges: Iterable[range], after: int = 0) -> list[int]:
    """Return the first MAX_NUMBERS numbers above `after` in the ranges."""
    beyond = (range(max(numbers.start, after + 1), numbers.stop) for numbers in ranges)
    return list(islice(chain.from_iterable(beyond), MAX_NUMBERS))


def find_gaps(owner_id: int, tills: Sequence[int]) -> list[Gaps]:
    """Return the gaps of these tills of the account, in the order of their ids."""
    rows = read(sql.GAPS, {"owner": owner_id, "tills": list(tills)})
    return [Gaps(*till, *map(read_ranges, numbers)) for till, numbers in ((row[:3], row[3:]) for row in rows)]


def read_catalogue(owner_id: int, after: int) -> dict[str, Any]:
    """Return a page of live products after the id, the id after which the next page begins, and the feed's position.

    The position is read before the products, from the same database, so all later changes are in events after it.
    """
    position = find_head(owner_id)
    rows = read(sql.CATALOGUE, {"owner": owner_id, "after": after, "limit": MAX_PRODUCTS + 1})
    products = [dict(zip(COLUMNS, row, strict=True)) for row in rows[:MAX_PRODUCTS]]
    return {"position": position, "products": products, "next": products[-1]["id"] if rows[MAX_PRODUCTS:] else None}
