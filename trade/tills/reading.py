"""Read the catalogue, with which a till sells without a network, and the numbers of tills that are missing."""

from collections.abc import Collection, Iterable, Sequence
from itertools import chain, islice
from typing import Any, NamedTuple

from core.database.replicas import read
from records.events.services import find_head
from trade.selling.goods import GoodsKind, list_kinds
from trade.tills import services
from trade.tills.models import read_ranges

MAX_PRODUCTS = 2000  # the most products, and the most goods of a kind, of a page of the catalogue
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


def list_numbers(ranges: Iterable[range], after: int = 0) -> list[int]:
    """Return the first MAX_NUMBERS numbers above `after` in the ranges."""
    beyond = (range(max(numbers.start, after + 1), numbers.stop) for numbers in ranges)
    return list(islice(chain.from_iterable(beyond), MAX_NUMBERS))


def find_gaps(owner_id: int, tills: Sequence[int]) -> list[Gaps]:
    """Return the gaps of these tills of the account, in the order of their ids."""
    rows = read(services.GAPS, {"owner": owner_id, "tills": list(tills)})
    return [Gaps(*till, *map(read_ranges, numbers)) for till, numbers in ((row[:3], row[3:]) for row in rows)]


def read_catalogue(owner_id: int, after: int, kinds: Collection[GoodsKind]) -> dict[str, Any]:
    """Return a page of live products and goods after the id, the feed's position, and the id after which to go on.

    The goods are those of the `kinds`; of the other kinds there are none.

    The position is read before the products, from the same database, so all later changes are in events after it.
    """
    position = find_head(owner_id)
    shown = {"products": read_rows(services.CATALOGUE, COLUMNS, owner_id, after)}
    for kind in list_kinds():
        columns = tuple(kind.catalogue_serializer().fields)
        shown[kind.names] = read_rows(kind.catalogue, columns, owner_id, after) if kind in kinds else []
    end = min((rows[MAX_PRODUCTS - 1]["id"] for rows in shown.values() if rows[MAX_PRODUCTS:]), default=None)
    return {
        "position": position,
        **{name: [row for row in rows if end is None or row["id"] <= end] for name, rows in shown.items()},
        "next": end,
    }


def read_rows(statement: str, columns: Sequence[str], owner_id: int, after: int) -> list[dict[str, Any]]:
    """Return the rows of a page, and one more if there are further ones."""
    rows = read(statement, {"owner": owner_id, "after": after, "limit": MAX_PRODUCTS + 1})
    return [dict(zip(columns, row, strict=True)) for row in rows]
