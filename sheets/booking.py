"""Book the differences of a counting sheet, in transactions of at most MAX_BOOKED counts.

A call that is repeated after a crash books what is left.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from core.database.postgres.base import execute
from core.database.transactions import atomic
from core.errors import DomainError
from events.models import EventType
from sheets import errors, sql
from sheets.lines import Counted, find_overlapping, read_counted, read_states
from sheets.models import Entry, LineState, Sheet, SheetState
from sheets.services import add_extra_lines, close, find_last_entry, lock_open_sheet
from stock.booking.drafts import CountLine, OperationDraft, PlaceReference, by_id
from stock.booking.locking import lock_products
from stock.booking.services import count_stock
from stock.booking.sql import array
from stock.errors import InvalidLines
from stock.models import OperationReason
from users.models import User

MAX_BOOKED = 1000
OPEN_STATES = {LineState.COUNTED, LineState.RECOUNT}  # a line in one of these states keeps its sheet open


@dataclass(frozen=True)
class SheetBooking:
    """What a request asks to book."""

    by: User
    pk: int
    products: Collection[int] | None = None  # None means all
    uncounted: str = "leave"  # "zero" books products that nobody has counted as 0
    expected_entries: int | None = None


@dataclass(frozen=True)
class BookedPart:
    """The result of one transaction. `upto` is the last entry that the whole booking reads."""

    sheet: Sheet
    upto: int
    after: int  # the last product that it has tried to book
    is_last: bool
    operations: list[int]
    booked: int
    left: dict[int, DomainError]


def book_sheet(booking: SheetBooking) -> dict[str, Any]:
    """Book the differences of what is counted. Return the operations, and the products that could not be booked.

    Raise Sheet.DoesNotExist, SheetClosed, EntriesChanged or NothingCounted (409).
    """
    parts: list[BookedPart] = []
    while not parts or not parts[-1].is_last:
        parts.append(book_part(booking, parts[-1] if parts else None))
    left = {product: error for part in parts for product, error in part.left.items()}
    booked = sum(part.booked for part in parts)
    if not (booked or left):
        raise errors.NothingCounted()
    return {
        "operations": [pk for part in parts for pk in part.operations], "booked": booked,
        "left": [{"product": product, **error.as_dict()} for product, error in left.items()],
        "state": parts[-1].sheet.state,
    }  # fmt: skip


@atomic
def book_part(booking: SheetBooking, previous: BookedPart | None) -> BookedPart:
    """Book the next products in one transaction.

    After the last part, close the sheet unless a product is still counted and not booked, or to be counted again.
    """
    sheet = lock_open_sheet(booking.by.account_id, booking.pk)
    if previous is None:
        check_entries(sheet, booking.expected_entries)
    upto, after = (previous.upto, previous.after) if previous else (find_last_entry(sheet), 0)
    add_extra_lines(sheet)
    waiting = list_counts(sheet, booking, upto, after)
    part = cut(waiting)
    operations, booked, left = book_counts(sheet, booking.by, part, upto)
    is_last = len(part) == len(waiting)
    if is_last and (booked or previous) and not OPEN_STATES & set(read_states(sheet).values()):
        close(sheet, SheetState.BOOKED, EventType.SHEET_BOOKED)
    after = part[-1].product if part else after
    return BookedPart(sheet, upto, after, is_last, operations, len(booked), left)


def check_entries(sheet: Sheet, expected: int | None) -> None:
    """Raise EntriesChanged if the caller expects another number of entries."""
    if expected is None:
        return
    actual = Entry.objects.filter(owner_id=sheet.owner_id, sheet=sheet).count()
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
    sheet: Sheet, by: User, part: list[Counted], upto: int
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
    draft = OperationDraft(by=by, account_id=sheet.owner_id, reason=OperationReason.COUNT, reference=sheet.name)
    operations = []
    for counts in (timed, zeros):
        if operation := book_bookable(draft, counts, left):
            operations.append(operation)
        mark_booked(sheet, {one.product for one in counts} - left.keys(), operation, upto)
    return operations, {one.product for one in part} - left.keys(), left


def book_bookable(draft: OperationDraft, counts: list[Counted], left: dict[int, DomainError]) -> int | None:
    """Book the counts as one operation, except those of products in `left`. Add the refused products to `left`."""
    while bookable := [one for one in counts if one.product not in left]:
        try:
            operation, _ = count_stock(draft=draft, lines=[make_line(one) for one in bookable])
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
