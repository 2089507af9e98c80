"""Give numbers to sales, without gaps, when somebody reads them.

A sequence would leave gaps, and a counter in the booking would let each sale of a shop wait for the one before. So a
sale is booked without a number. Whoever reads sales first gives numbers to those that are committed, in the order of
their positions in the feed: see docs/decisions/0062-numbers-of-sales.md.
"""

import re

from django.db import connection
from django.db.models import F, Q, QuerySet

from core.database.postgres.base import execute, fetch
from core.database.transactions import atomic
from core.pages.finding import Asked, select
from records.events.services import number_all_events
from stock.hooks import SealHook
from stock.models import MAX_REFERENCE_LENGTH, Operation
from trade.sales import sql
from trade.sales.models import Number
from trade.tills.models import Till

# The number of a till's receipt: "till 7 #413", its key "till-7-000413", or "7 #413".
RECEIPT = re.compile(r"(?:till)?[\s-]*([1-9][0-9]{0,17})[\s#-]+0*([1-9][0-9]{0,5})", re.IGNORECASE | re.ASCII)
MAX_EVENTS = 10_000  # the most events whose sales one transaction numbers


def list_references(owner_id: int | None, text: str) -> set[str]:
    """Return the document numbers that the text may stand for: itself, and those of receipts of tills.

    A till is named by its id or its name. One that was closed may have had the same name.
    """
    name, sign, last = text.rpartition("#")
    tills = Till.objects.filter(owner_id=owner_id, name__iexact=name.strip()) if sign else ()
    texts = [text, *(f"{till.numbered_name} #{last}" for till in tills)]
    receipts = [receipt for one in texts if (receipt := RECEIPT.fullmatch(one))]
    forms = {f"till {one[1]} #{number}" for one in receipts for number in (one[2], f"{one[2]:0>6}")}
    return {text[:MAX_REFERENCE_LENGTH], *forms}


def find_numbered(asked: Asked) -> QuerySet:
    """Return the sale with this number. Do not call this in a transaction, as number_sales()."""
    if asked.number:
        number_sales(asked.user.account_id or 0)
    numbers = asked.owned(Number).filter(number=asked.number)
    found = select(numbers, F("number"), at=F("operation__occurred_at"), exact=Q(number=asked.number))
    return found.annotate(found_id=F("operation_id"))  # type: ignore[no-any-return]


def find_operations(asked: Asked) -> QuerySet:
    """Return the transactions with this document number or receipt of a till."""
    found = asked.owned(Operation).filter(reference__in=list_references(asked.user.account_id, asked.text))
    return select(found, F("reference"), F("reason"), F("occurred_at"), ~Q(reference=""))


def number_sales(owner_id: int) -> None:
    """Give numbers to all committed sales of the account that no till has numbered.

    Do not call this in a transaction, as number_all_events().
    """
    number_all_events(owner_id)
    while fetch(sql.HAS_UNNUMBERED, {"owner": owner_id})[0][0]:
        give_numbers(owner_id)


class NumbersOfSales(SealHook):
    """All sales up to the position of a seal have their numbers."""

    def before_seal(self, owner_id: int, position: int) -> None:
        while give_numbers(owner_id) < position:
            pass


@atomic
def give_numbers(owner_id: int) -> int:
    """Lock the series of the account, and number the sales of its next MAX_EVENTS events. Return the last position."""
    last, after = lock_series(owner_id)
    [(head,)] = fetch(sql.HEAD, {"owner": owner_id})
    values = {"owner": owner_id, "last": last, "after": after, "head": min(head, after + MAX_EVENTS)}
    with connection.cursor() as cursor:
        cursor.execute(sql.NUMBER, values)
        cursor.execute(sql.MOVE_SERIES, {**values, "count": cursor.rowcount})
    return int(values["head"])


def lock_series(owner_id: int) -> tuple[int, int]:
    """Lock the series until the transaction ends. Return the last number, and the position up to which they go."""
    values = {"owner": owner_id}
    if not (found := fetch(sql.LOCK_SERIES, values)):
        execute(sql.CREATE_SERIES, values)
        found = fetch(sql.LOCK_SERIES, values)
    last, after = found[0]
    return int(last), int(after)
