"""Book the differences of a counting sheet, in transactions of at most MAX_BOOKED counts, so that sales wait shortly.

A request that is repeated after a crash books what is left.
"""

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from typing import Any

from core.database.postgres.base import execute
from core.database.transactions import atomic
from core.errors import DomainError
from records.events.models import EventType
from stock.booking.drafts import CountLine, OperationDraft, PlaceReference, by_id
from stock.booking.locking import lock_products
from stock.booking.services import count_stock
from stock.booking.sql import array
from stock.errors import InvalidLines
from stock.models import OperationReason
from trade.sheets import errors, sql
from trade.sheets.lines import Counted, find_overlapping, read_counted, read_states
from trade.sheets.models import LineState, Sheet, SheetState
from trade.sheets.services import add_extra_lines, close, count_entries, find_last_entry, lock_open_sheet
from users.models import User

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
