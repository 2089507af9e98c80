"""Close drawers, and move cash. A closing is computed and written under a lock that no booking takes.

Call `number_all_events()` before each of these, outside of its transaction: what was booked before then has a position,
and is in the closing.
"""

from datetime import datetime
from decimal import Decimal
from typing import Any

from core.database.postgres.base import fetch
from core.database.transactions import AccountLock, atomic, lock_account
from core.time_zones import midnight
from records.events.models import EventType
from records.events.services import find_head, record
from stock.models import Performer
from stock.sales.payments import find_name
from trade.closings import sql
from trade.closings.errors import FloatAboveCounted
from trade.closings.models import Cash, Closing
from trade.closings.numbers import NOTHING, Part, find_expected, read_document
from trade.closings.proofs import compute_digest, describe_cash
from trade.tills.models import Till
from users.models import User


@atomic
def make_closing(*, by: User, till: Till | None, counted: Decimal, kept: Decimal, note: str = "") -> Closing:
    """Close the drawer of the till, or that of everything that no till has sold. Raise FloatAboveCounted."""
    if kept > counted:
        raise FloatAboveCounted(float=f"{kept:.2f}", counted=f"{counted:.2f}")
    lock_account(by.account_id or 0, AccountLock.CLOSINGS)
    closing = draft_closing(by, till)
    closing.counted, closing.kept, closing.note = counted, kept, note
    closing.performer = find_performer(by)
    closing.digest = compute_digest(closing)
    closing.save()
    data = {
        "closing": closing.pk, "number": closing.number, "till": closing.till_id, "digest": closing.digest.hex(),
    }  # fmt: skip
    record(owner_id=closing.owner_id, event_type=EventType.CLOSING_MADE, data=data)
    return closing


def draft_closing(by: User, till: Till | None) -> Closing:
    """Return the next closing of the series, without what was counted. It ends with the present head of the feed."""
    owner_id: Any = by.account_id
    before = Closing.objects.filter(owner_id=owner_id, till=till).order_by("-number").first()
    part, now = find_part(by, till, before), read_now()
    document, opening = read_document(part), before.kept if before else NOTHING
    return Closing(
        owner_id=owner_id,
        till=till,
        number=before.number + 1 if before else 1,
        from_position=part.first,
        to_position=part.last,
        from_at=part.from_at,
        made_at=max(now, part.from_at),
        opening=opening,
        expected=find_expected(opening, document),
        document=document,
    )


def find_part(by: User, till: Till | None, before: Closing | None) -> Part:
    """Return what the next closing covers.

    The first one of a series begins with the shop's day of the first payment, at the latest with the present day.
    """
    owner_id: Any = by.account_id
    head, till_id = find_head(owner_id), till.pk if till else None
    if before:
        return Part(owner_id, till_id, before.to_position + 1, head, before.made_at)
    paid = fetch(sql.FIRST_PAYMENT, {"owner": owner_id, "till": till_id})
    start = midnight(by.shop_day(paid[0][0] if paid else None), by.shop_zone)
    found = fetch(sql.BEFORE, {"owner": owner_id, "at": start})
    return Part(owner_id, till_id, found[0][0] + 1 if found else 1, head, start)


@atomic
def move_cash(*, by: User, till: Till | None, kind: str, amount: Decimal, reason: str) -> Cash:
    """Record that cash was put into the drawer or taken out of it."""
    owner_id: Any = by.account_id
    cash = Cash.objects.create(
        owner_id=owner_id, till=till, kind=kind, amount=amount, reason=reason, performer=find_performer(by),
        created_at=read_now(),
    )  # fmt: skip
    record(owner_id=owner_id, event_type=EventType.CASH_MOVED, data=describe_cash(cash))
    return cash


def find_performer(by: User) -> Performer:
    """Return the row with the user's name in the ledger."""
    return Performer.objects.get(owner_id=by.account_id, pk=find_name(by, by.account_id or 0).pk)


def read_now() -> datetime:
    [[now]] = fetch("SELECT clock_timestamp()")
    return now  # type: ignore[no-any-return]
