"""What is counted on a sheet: its entries, added up by product and place."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from core.database.postgres.base import fetch
from core.text import fold_case
from stock.booking import sql_places
from stock.booking.sql import array
from trade.sheets import sql
from trade.sheets.models import Sheet


@dataclass
class Counted:
    """What is counted of a product at a place, or of the whole product if it has neither location nor lot."""

    product: int
    location: int | None
    lot: str
    lot_key: str  # the lot as PostgreSQL compares it
    quantity: int
    counted_at: datetime | None  # None means the present
    users: list[int]  # the user of each entry

    @property
    def is_placed(self) -> bool:
        return self.location is not None or bool(self.lot)

    @property
    def entries(self) -> int:
        return len(self.users)

    def add(self, other: "Counted") -> None:
        self.quantity += other.quantity
        self.counted_at = max(self.counted_at, other.counted_at) if self.counted_at and other.counted_at else None
        self.users += other.users


def read_counted(sheet: Sheet, upto: int | None = None, after: int = 0) -> list[Counted]:
    """Return what is counted and not booked, by product and place, in the order of the products' ids.

    Only products whose ids are greater than `after` are read. A product with entries newer than `upto` is omitted, so
    that no part of its count is booked as the whole.
    """
    values = {"owner": sheet.owner_id, "sheet": sheet.pk, "after": after, "upto": upto}
    return merge_places(Counted(*row) for row in fetch(sql.COUNTED, values))


def merge_places(found: Iterable[Counted]) -> list[Counted]:
    """Return the counts, by product, with those of the same place added up.

    A count is also added to that of a place that includes its own. The sum has the time of the latest count.
    """
    merged: dict[tuple[int, int | None, str], Counted] = {}
    # A place without a location or a lot may include others, so it comes first.
    for one in sorted(found, key=lambda one: (one.product, one.location is not None, bool(one.lot))):
        places = ((None, ""), (one.location, ""), (None, one.lot_key), (one.location, one.lot_key))
        kept = next((merged[one.product, *place] for place in places if (one.product, *place) in merged), None)
        if kept:
            kept.add(one)
        else:
            merged[one.product, one.location, one.lot_key] = one
    return list(merged.values())


def find_overlapping(counted: Sequence[Counted]) -> set[int]:
    """Return the products with a count of a location and one of a lot, because both can include the same goods."""
    by_location = {one.product for one in counted if one.location is not None and not one.lot}
    return by_location & {one.product for one in counted if one.lot and one.location is None}


def find_lots(owner_id: int, counted: Sequence[Counted]) -> dict[tuple[int, str], int]:
    """Return the ids of the lots that are counted, by product and code in lower case. Unknown lots are omitted."""
    named = [one for one in counted if one.lot]
    products, codes = array({one.product for one in named}), list({one.lot_key for one in named})
    rows = fetch(sql_places.LOTS, {"owner": owner_id, "products": products, "codes": codes}) if named else []
    return {(product, fold_case(code)): pk for product, pk, code, _expires_on in rows}


def read_states(sheet: Sheet) -> dict[int, str]:
    """Return the state of each product of the sheet, by its id."""
    return dict(fetch(sql.STATES_OF_SHEET, {"owner": sheet.owner_id, "sheet": sheet.pk}))
