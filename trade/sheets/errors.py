"""The errors of counting sheets."""

from core.errors import NEVER, Conflict, DomainError
from stock.errors import InvalidLines


class SheetClosed(Conflict):
    code = "sheet_closed"
    advice = NEVER
    detail = "This sheet is {state} already."
    when = "the [counting sheet](counting.md) is booked or dropped"
    also = "`state`"


class EntriesChanged(Conflict):
    code = "entries_changed"
    detail = "The sheet has {actual} entries now, not {expected}. Look at the differences again."
    when = "the sheet has another number of entries than `expected_entries`"
    also = "`expected`, `actual`"


class TooManyEntries(Conflict):
    code = "too_many_entries"
    detail = "A sheet has at most {limit:,} entries. Book what is counted, and open another sheet."
    when = "a sheet would have more than 100,000 entries"
    also = "`limit`"


class NothingCounted(Conflict):
    code = "nothing_counted"
    detail = "There is nothing to book: nothing is counted that is not booked."
    when = "nothing on the sheet is counted that is not booked already"


class CodeWithoutAmount(DomainError):
    """The quantity of an entry is a number of scanned codes, and the product of the code has decimals."""

    code = "code_without_amount"
    detail = "This code does not say how much it is: enter the amount, such as 0.25."
    when = "a scanned `code` of a counting sheet says no weight: send the `amount`"
    also = "`product`"


class NothingToCount(DomainError):
    code = "nothing_to_count"
    detail = "No product matches. Select others."
    when = "a sheet is opened and no product matches its `select`"


class TooManyLines(DomainError):
    code = "too_many_lines"
    detail = "This selects more than {limit:,} products. Open several sheets."
    when = (
        "a sheet would have more than 10,000 products, or a payment of a customer would be shared over more than 500"
        " sales"
    )
    also = "`limit`"


class CountedTooEarly(DomainError):
    code = "counted_too_early"
    detail = "This was counted before the sheet was opened."
    when = "`counted_at` is before the sheet was opened"


class NotOnSheet(DomainError):
    code = "not_on_sheet"
    detail = 'This product is not on the sheet. Send "extra": true to count it all the same.'
    when = "an entry counts a product, or a place, that is not on the sheet"
    also = "`product`"


class ReplacesUnknown(DomainError):
    code = "replaces_unknown"
    detail = "The sheet has no such entry of this product, or it was replaced already."
    when = "`replaces` names no entry of this product, or a replaced or booked one"


class OverlappingPlaces(DomainError):
    code = "overlapping_places"
    detail = "Some of it was counted by location and some by lot, so goods may be counted twice."
    when = "entries by location and by lot may count the same goods; `book` leaves the product out"
    also = "`product`"


class NothingEntered(InvalidLines):
    """The errors of the refused entries of a request."""

    detail = "Nothing was entered. Refused entries: {total}."
