"""Book the differences of a counting sheet, in transactions of at most MAX_BOOKED counts, so that sales wait shortly.

A request that is repeated after a crash books what is left.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from core.database.postgres.base import array, execute, fetch
from core.database.transactions import atomic
from core.errors import DomainError
from core.texts.cleaning import fold_case
from records.events.models import EventType
from stock.booking import sql as sql_places
from stock.booking.drafts import CountLine, OperationDraft, PlaceReference, by_id
from stock.booking.locks import lock_products
from stock.booking.services import count_stock
from stock.errors import InvalidLines
from stock.models import OperationReason
from trade.sheets import errors, sql
from trade.sheets.models import LineState, Sheet, SheetState
from trade.sheets.services import add_extra_lines, close, count_entries, find_last_entry, lock_open_sheet
from users.models import User


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


MAX_BOOKED = 1000
OPEN_STATES = {LineState.COUNTED, LineState.RECOUNT}  # a line in one of these states keeps its sheet open


@dataclass(frozen=True)
class SheetBooking:
    """What a request asks to book.

    `expected_differences` has the differences that the caller has seen, by product. A product that differs by another
    number now is left.
    """

    by: User
    pk: int
    products: Collection[int] | None = None  # None means all
    uncounted: str = "leave"  # "zero" books products that nobody has counted as 0
    expected_entries: int | None = None
    expected_differences: dict[int, int] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Booked:
    """What a booking has done so far, as JSON can store it. `upto` is the last entry that the whole booking reads."""

    upto: int
    after: int = 0  # the last product that it has tried to book
    operations: list[int] = field(default_factory=list)
    booked: int = 0  # the number of products
    left: list[dict[str, Any]] = field(default_factory=list)  # the products that could not be booked, with the errors
    state: str = SheetState.OPEN
    is_complete: bool = False


@atomic
def book_part(booking: SheetBooking, done: Booked | None = None) -> Booked:
    """Book the next products in one transaction. Return what is done now: the next call needs it.

    After the last part, close the sheet unless a product is still counted and not booked, or to be counted again.
    Raise Sheet.DoesNotExist, SheetClosed, EntriesChanged or NothingCounted (409). If somebody else has closed the sheet
    since the part before, the booking is complete.
    """
    try:
        sheet = lock_open_sheet(booking.by.account_id, booking.pk)
    except errors.SheetClosed as closed:
        if done is None:
            raise
        return replace(done, state=closed.numbers["state"], is_complete=True)
    if done is None:
        check_entries(sheet, booking.expected_entries)
    so_far = done or Booked(upto=find_last_entry(sheet))
    add_extra_lines(sheet)
    waiting = list_counts(sheet, booking, so_far.upto, so_far.after)
    part = cut(waiting)
    operations, booked, left = book_counts(sheet, booking, part, so_far.upto)
    so_far = Booked(
        upto=so_far.upto,
        after=part[-1].product if part else so_far.after,
        operations=[*so_far.operations, *operations],
        booked=so_far.booked + len(booked),
        left=[*so_far.left, *({"product": product, **error.as_dict()} for product, error in left.items())],
        is_complete=len(part) == len(waiting),
    )
    return finish(sheet, so_far) if so_far.is_complete else so_far


def finish(sheet: Sheet, done: Booked) -> Booked:
    """Close the sheet unless it is still needed. Raise NothingCounted if nothing was found to book."""
    if not (done.booked or done.left):
        raise errors.NothingCounted()
    if done.booked and not OPEN_STATES & set(read_states(sheet).values()):
        close(sheet, SheetState.BOOKED, EventType.SHEET_BOOKED)
    return replace(done, state=sheet.state)


def check_entries(sheet: Sheet, expected: int | None) -> None:
    """Raise EntriesChanged if the caller expects another number of entries."""
    if expected is None:
        return
    actual = count_entries(sheet)
    if actual != expected:
        raise errors.EntriesChanged(expected=expected, actual=actual)


def list_counts(sheet: Sheet, booking: SheetBooking, upto: int, after: int) -> list[Counted]:
    """Return the counts to book of the products whose ids are greater than `after`, in the order of these ids."""
    found = read_counted(sheet, upto, after)
    if booking.uncounted == "zero":
        uncounted = [product for product, state in read_states(sheet).items() if state == LineState.UNCOUNTED]
        found += [Counted(product, sheet.location_id, "", "", 0, None, []) for product in uncounted if product > after]
    if booking.products is not None:
        chosen = set(booking.products)
        found = [one for one in found if one.product in chosen]
    return sorted(found, key=lambda one: one.product)


def cut(waiting: list[Counted]) -> list[Counted]:
    """Return the first MAX_BOOKED counts, or those of the first product if it has more. No product is cut in two."""
    if len(waiting) <= MAX_BOOKED:
        return waiting
    beyond = waiting[MAX_BOOKED].product
    first = [one for one in waiting[:MAX_BOOKED] if one.product != beyond]
    return first or [one for one in waiting if one.product == beyond]


def book_counts(
    sheet: Sheet, booking: SheetBooking, part: list[Counted], upto: int
) -> tuple[list[int], set[int], dict[int, DomainError]]:
    """Book the counts. Return the operations, the products that are booked, and the errors of the others.

    The zeros of products that nobody has counted have no time, so they are an operation of their own: the other one has
    the time of its first count. A count that is older than a booked count of the same goods changes nothing, and its
    product becomes booked.
    """
    left: dict[int, DomainError] = {pk: errors.OverlappingPlaces(product=pk) for pk in find_overlapping(part)}
    # The lock covers the products of both operations, because two locks in a row could deadlock.
    lock_products(sheet.owner_id, [by_id(one.product) for one in part])
    timed, zeros = [one for one in part if one.counted_at], [one for one in part if not one.counted_at]
    draft = OperationDraft(by=booking.by, account_id=sheet.owner_id, reason=OperationReason.COUNT, reference=sheet.name)
    operations = []
    for counts in (timed, zeros):
        if operation := book_bookable(draft, counts, booking.expected_differences, left):
            operations.append(operation)
        mark_booked(sheet, {one.product for one in counts} - left.keys(), operation, upto)
    return operations, {one.product for one in part} - left.keys(), left


def book_bookable(
    draft: OperationDraft, counts: list[Counted], expected: dict[int, int], left: dict[int, DomainError]
) -> int | None:
    """Book the counts as one operation, except those of products in `left`. Add the refused products to `left`."""
    while bookable := [one for one in counts if one.product not in left]:
        try:
            lines = [make_line(one) for one in bookable]
            operation, _ = count_stock(draft=draft, lines=lines, expected_differences=expected)
        except InvalidLines as refusal:
            left |= {bookable[index].product: error for index, error in refusal.errors.items()}
        else:
            return operation.pk if operation else None
    return None


def mark_booked(sheet: Sheet, products: set[int], operation: int | None, upto: int) -> None:
    if not products:
        return
    values: dict[str, Any] = {
        "owner": sheet.owner_id, "sheet": sheet.pk, "operation": operation, "upto": upto, "products": array(products)
    }  # fmt: skip
    execute(sql.MARK_BOOKED, values)


def make_line(one: Counted) -> CountLine:
    place = PlaceReference(one.location, one.lot or None) if one.is_placed else None
    return CountLine(by_id(one.product), one.quantity, one.counted_at, place, one.users[-1] if one.users else None)
