"""Decide the quantities that a count sets, of products or at places. stock.booking.services books the differences.

Counting takes time, and stock moves meanwhile. A line with `counted_at` says when the product was counted: the
movements since then, by `occurred_at`, stay booked. A line without it was counted now.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from django.utils.translation import gettext as _

from core.database.postgres.base import array, execute, fetch
from core.errors import DomainError
from core.fields import MAX_QUANTITY
from stock.booking.drafting import draft_difference, draft_quantity
from stock.booking.drafts import (
    NO_LOCATION,
    CountedProduct,
    CountLine,
    LockedProduct,
    LockedProducts,
    MovementDraft,
    OperationDraft,
    PlaceReference,
    require_stock,
)
from stock.booking.holdings import LineErrors, Place
from stock.booking.locks import list_named_places
from stock.booking.places import NamedPlace, Places, find_or_create_places
from stock.errors import (
    CountedTwice,
    DifferenceChanged,
    InsufficientStock,
    InvalidLines,
    MalformedLine,
    StockLimitExceeded,
)
from stock.models import Operation, OperationReason
from stock.models.sql import FIRST_REASON, IS_UNDONE
from stock.models.sql_counts import CHANGES_SINCE

# Keeps the lines of a count. A line without a time gets the time when the differences were booked, or now.
KEEP_COUNTS = """
INSERT INTO stock_stockcount (
    owner_id, product_id, location_id, lot_id, nowhere, counted, expected, outdated, counted_at, counted_by_id,
    operation_id, created_at
)
SELECT %(owner)s::bigint, product_id, location_id, lot_id, nowhere, counted, expected, outdated,
    coalesce(counted_at, clock.now), counted_by, %(operation)s::bigint, clock.now
FROM (SELECT coalesce(%(booked_at)s::timestamptz, clock_timestamp()) AS now) AS clock, unnest(
    %(products)s::bigint[], %(locations)s::bigint[], %(lots)s::bigint[], %(are_nowhere)s::boolean[],
    %(counted)s::bigint[], %(expected)s::bigint[], %(are_outdated)s::boolean[], %(instants)s::timestamptz[],
    %(counters)s::bigint[]
) WITH ORDINALITY AS line (
    product_id, location_id, lot_id, nowhere, counted, expected, outdated, counted_at, counted_by, number
)
ORDER BY number
"""

# Sets the time of the count of products whose quantity did not change: to the given time, to the time when the
# differences of other products were booked, or to now. An older count does not replace the time of a later one.
SET_COUNTED = """
UPDATE products_product
SET last_counted_at = greatest(products_product.last_counted_at, coalesce(counted.counted_at, clock.now)),
    updated_at = clock.now
FROM (SELECT coalesce(%(booked_at)s::timestamptz, clock_timestamp()) AS now) AS clock,
    unnest(%(products)s::bigint[], %(instants)s::timestamptz[]) AS counted (product_id, counted_at)
WHERE products_product.owner_id = %(owner)s::bigint AND products_product.id = counted.product_id
"""

# Sets the time of the last count of these locked products to that of the last count which is not undone, if the
# operation is a count or in a chain of reversals that began with one.
SET_LAST_COUNT = f"""
UPDATE products_product SET last_counted_at = (
    SELECT max(counted_at) FROM stock_stockcount AS kept
    WHERE kept.owner_id = %(owner)s::bigint AND kept.product_id = products_product.id
        AND NOT {IS_UNDONE.format(operation="kept.operation_id")}
)
WHERE owner_id = %(owner)s::bigint AND id = ANY(%(products)s::bigint[])
    AND {FIRST_REASON.format(operation="%(operation)s::bigint")} = 'count'
"""  # noqa: S608, constants


class Since(NamedTuple):
    """What has happened after a count: the sum of all changes, and the part of it that later counts have booked.

    `is_outdated` means that one of these is a count of all the goods of this one.
    """

    change: int = 0
    found: int = 0
    is_outdated: bool = False

    def compute_moved(self, counted: int, present: int) -> int:
        """Return what has moved since these goods were counted, given how much of them there is now.

        A later count of a part of them may have found the same shortage or surplus as this one. So much of it was there
        already, and has not moved.
        """
        difference = counted - (present - self.change)
        found = min(abs(difference), abs(self.found)) if difference * self.found > 0 else 0
        return self.change - (found if self.found > 0 else -found)


@dataclass(frozen=True, slots=True)
class FoundLine:
    """A line of a count with its locked product and its place."""

    product: LockedProduct
    line: CountLine
    counted: int
    place: Place | None

    def overlaps(self, other: "FoundLine") -> bool:
        """Return whether both lines may have counted the same goods."""
        return self.place is None or other.place is None or self.place.overlaps(other.place)


def resolve_counts(
    draft: OperationDraft, locked: LockedProducts, lines: list[CountLine]
) -> tuple[list[CountedProduct], list[MovementDraft]]:
    """Return the result of each line, and the movements of those that differ.

    Raise InvalidLines with the error of every bad line.
    """
    errors = LineErrors()
    found = find_lines(draft, locked, lines, errors)
    changes = find_changes(draft.owner_id, found)
    results, movements = [], []
    for index, one in found.items():
        with errors.of(index):
            result = resolve_count(one, changes.get(index, Since()))
            results.append(result)
            if one.place and one.place.is_nowhere:
                movements += draft_quantity(one.product, result.quantity, None)
            elif result.difference:
                movements.append(draft_difference(one.product, result.difference, draft.reason, one.place))
    errors.raise_if_any()
    return results, movements


def find_lines(
    draft: OperationDraft, locked: LockedProducts, lines: list[CountLine], errors: LineErrors
) -> dict[int, FoundLine]:
    """Return the valid lines by their index in the request. Collect the errors of the others."""
    named = list_named_places(locked, lines, lambda line: line.counted > 0)
    # Stock that came in after the count is added, even if nothing was counted. So these locations are locked as those
    # of lines that add stock.
    timed = [line.place for line in lines if line.place and line.counted_at]
    named += [NamedPlace(0, PlaceReference(place.location), True) for place in timed]
    places = find_or_create_places(draft, locked.products, named)
    found: dict[int, FoundLine] = {}
    seen = defaultdict[int, list[FoundLine]](list)
    for index, line in enumerate(lines):
        with errors.of(index):
            product = locked.get_live(line.product)
            require_stock(product)
            place = find_place(places, product.product_id, line.place) if line.place else None
            one = FoundLine(product, line, product.count_units(line.counted), place)
            if any(one.overlaps(other) for other in seen[product.product_id]):
                raise CountedTwice(product=product.product_id)
            seen[product.product_id].append(one)
            found[index] = one
    return found


def find_place(places: Places, product_id: int, reference: PlaceReference) -> Place | None:
    """Return the place that a line counts. NO_LOCATION is nowhere, unless the shop has a location with this name.

    Raise MalformedLine for NO_LOCATION with a lot, or an error of Places.resolve().
    """
    if reference.location != NO_LOCATION or NO_LOCATION in places.locations:
        return places.resolve(product_id, reference)
    if reference.lot:
        raise MalformedLine(errors={"lot": [_("Leave out the lot: what is at no location is counted without lots.")]})
    return Place()


def find_changes(owner_id: int, found: dict[int, FoundLine]) -> dict[int, Since]:
    """Return the changes since each count with a `counted_at`, by the line's index. Execute at most one statement."""
    timed = {index: one for index, one in found.items() if one.line.counted_at}
    if not timed:
        return {}
    values: dict[str, Any] = {
        "owner": owner_id,
        "lines": array(timed),
        "products": array(one.product.product_id for one in timed.values()),
        "instants": [one.line.counted_at for one in timed.values()],
        "are_placed": [one.place is not None for one in timed.values()],
        "locations": [one.place and one.place.location for one in timed.values()],
        "lots": [one.place and one.place.lot for one in timed.values()],
    }
    return {index: Since(*since) for index, *since in fetch(CHANGES_SINCE, values)}


def resolve_count(found: FoundLine, since: Since) -> CountedProduct:
    """Return the result of one line. Raise InsufficientStock or StockLimitExceeded.

    If a later count of the same goods is booked already, this one changes nothing: the later one has set the quantity.
    """
    product, counted, place = found.product, found.counted, found.place
    previous = product.count_at(place) if place else product.quantity
    moved = since.compute_moved(counted, previous)
    quantity = previous if since.is_outdated else counted + moved
    if quantity < 0:
        raise InsufficientStock(
            product=product.product_id, available=product.write(counted), requested=product.write(-moved)
        )
    if quantity > MAX_QUANTITY:
        raise StockLimitExceeded(
            product=product.product_id,
            available=product.write(counted),
            requested=product.write(moved),
            limit=product.write(MAX_QUANTITY),
        )
    return CountedProduct(
        found.line, product.product_id, product.decimals, counted, previous, previous - moved, quantity, place,
        since.is_outdated,
    )  # fmt: skip


def check_differences(counted: list[CountedProduct], expected: Mapping[int, int]) -> None:
    """Raise InvalidLines with the lines of the products whose difference is not the expected one."""
    actual = Counter[int]()
    for result in counted:
        actual[result.product] += result.difference
    errors: dict[int, DomainError] = {
        index: DifferenceChanged(product=pk, expected=expected[pk], actual=actual[pk])
        for index, pk in enumerate(result.product for result in counted)
        if expected.get(pk, actual[pk]) != actual[pk]
    }
    if errors:
        raise InvalidLines(errors)


def find_counted_at(counted: Iterable[CountedProduct]) -> dict[int, datetime | None]:
    """Return the time of each product's count, by the product's id: the last time of its lines, or None for now."""
    times: dict[int, datetime | None] = {}
    for result in counted:
        known = times.get(result.product, result.counted_at)
        times[result.product] = max(known, result.counted_at) if known and result.counted_at else None
    return times


def find_occurred_at(counted: Iterable[CountedProduct]) -> datetime | None:
    """Return the time when the differences happened: that of the first count, or None for now.

    So the differences do not count as changes after these counts. If the counts are sent again, nothing changes.
    """
    return min((result.counted_at for result in counted if result.counted_at), default=None)


def set_counted(owner_id: int, counted_at: dict[int, datetime | None], booked_at: datetime | None) -> None:
    """Set `last_counted_at` of these locked products, whose quantity does not change.

    `booked_at` replaces a time that is None; if it is None too, the time is now.
    """
    values: dict[str, Any] = {
        "owner": owner_id,
        "products": array(counted_at),
        "instants": list(counted_at.values()),
        "booked_at": booked_at,
    }
    execute(SET_COUNTED, values)


def set_last_count(operation: Operation, products: Iterable[LockedProduct]) -> None:
    """Set `last_counted_at` of the products of an operation that was just reversed, if it is a count or its reversal.

    No statement is executed for operations of other reasons.
    """
    if operation.reason in (OperationReason.COUNT, OperationReason.REVERSAL):
        ids = array(product.product_id for product in products)
        execute(SET_LAST_COUNT, {"owner": operation.owner_id, "operation": operation.pk, "products": ids})


def keep_counts(draft: OperationDraft, counted: list[CountedProduct], operation: Operation | None) -> None:
    """Keep each line of a count, also those whose products have the counted quantity."""
    values: dict[str, Any] = {
        "owner": draft.owner_id,
        "operation": operation and operation.pk,
        "booked_at": operation and operation.created_at,
        "products": array(result.product for result in counted),
        "locations": [result.place and result.place.location for result in counted],
        "lots": [result.place and result.place.lot for result in counted],
        "are_nowhere": [result.place is not None and result.place.is_nowhere for result in counted],
        "counted": array(result.counted for result in counted),
        "expected": array(result.expected for result in counted),
        "are_outdated": [result.outdated for result in counted],
        "instants": [result.counted_at for result in counted],
        "counters": array(result.line.counted_by or draft.by.pk for result in counted),
    }
    execute(KEEP_COUNTS, values)
