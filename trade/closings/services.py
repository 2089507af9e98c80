"""Close drawers, and move cash. A closing is computed and written under a lock that no booking takes.

Call `number_all_events()` before each of these, outside of its transaction: what was booked before then has a position,
and is in the closing.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import groupby
from typing import Any, NamedTuple

from core.database.postgres.base import fetch
from core.database.transactions import AccountLock, atomic, lock_account
from core.lists.serialization import format_utc
from core.time_zones import midnight
from products.models import MAX_VALUE
from records.events.models import EventType
from records.events.services import find_head, record
from stock.booking.drafts import NOTHING
from stock.booking.services import find_name
from stock.models import OperationReason, Performer
from trade.closings import sql
from trade.closings.errors import ExpectedTooHigh, FloatAboveCounted, OpeningKnown
from trade.closings.models import Cash, CashKind, Closing
from trade.closings.proofs import compute_digest, describe_cash, describe_made, find_expected
from trade.sales.services import sum_unpaid
from trade.selling.payments.money import RateTotal, add_up, find_first, read_totals, sum_by_kind_in_feed
from trade.tills.models import Till
from users.hooks import CurrencyHook
from users.models import User

MAX_LATE = 1000  # the most late sales that a closing names; it counts all of them


class CurrencyOfClosings(CurrencyHook):
    def is_fixed(self, owner_id: int, *, lock: bool) -> bool:
        """Return whether the shop has a closing or has moved cash. With `lock`, it does neither in this transaction."""
        if lock:
            lock_account(owner_id, AccountLock.CLOSINGS)
        return any(model.objects.filter(owner_id=owner_id).exists() for model in (Closing, Cash))


class Changed(NamedTuple):
    """A sale or a return that counts once more, with a `net` of 1, or is undone, with -1. See sql.OPERATIONS."""

    operation: int
    reason: str
    net: int
    occurred_at: datetime
    reference: str
    changes: list[int]
    sale: int | None  # the sale of a return


class Paid(NamedTuple):
    """What was received and given back by one kind of payment, and the tips."""

    kind: str
    received: Decimal
    refunded: Decimal
    tip: Decimal

    def describe(self) -> dict[str, str]:
        amount = write(self.received - self.refunded)
        return {"kind": self.kind, "received": write(self.received), "refunded": write(self.refunded), "amount": amount}


@dataclass(frozen=True)
class Part:
    """The positions of the feed that a closing covers, in its series."""

    owner_id: int
    till_id: int | None
    first: int
    last: int
    from_at: datetime

    @property
    def values(self) -> dict[str, Any]:
        return {"owner": self.owner_id, "till": self.till_id, "first": self.first, "last": self.last}


def read_document(part: Part) -> dict[str, Any]:
    """Return the figures of the part, as JSON: amounts are texts with two places.

    A sale or a return that was booked and undone within the part is in no sum. A sale that is undone later counts as a
    return where it is undone.
    """
    changed = [Changed(*row) for row in fetch(sql.OPERATIONS, part.values)]
    sales = [one for one in changed if one.reason == OperationReason.SALE and one.net]
    returns = [one for one in changed if one.sale is not None]
    totals = read_totals(part.owner_id, [one.operation for one in sales])
    sales = [one for one in sales if one.operation in totals]
    sold, undone = ([one for one in sales if one.net * sign > 0] for sign in (1, -1))
    back = read_back(part.owner_id, returns)
    late = [one for one in sold if one.occurred_at < part.from_at]
    payments = [Paid(*row) for row in sum_by_kind_in_feed(part.values)]
    counted = {"sales": [one.operation for one in sold], "nets": [one.net for one in sold]}
    [[discounts]] = fetch(sql.DISCOUNTS, {"owner": part.owner_id, **counted})
    unpaid, due = sum_unpaid(part.owner_id, counted["sales"])
    cash = dict(fetch(sql.CASH, part.values))
    taxes = add_up([*((one.net, totals[one.operation].sold) for one in sales), (-1, back)])
    total = sum((one.net * totals[one.operation].total for one in sold), NOTHING)
    returned = sum((-one.net * totals[one.operation].total for one in undone), NOTHING)
    return {
        "sales": sum(one.net for one in sold),
        "total": write(total),
        "discounts": write(discounts),
        "returns": sum(one.net for one in returns) - sum(one.net for one in undone),
        "returned": write(sum((one.gross for one in back), returned)),
        "taxes": [
            {
                "rate": None if one.rate is None else write(one.rate),
                "category": one.category,
                "net": write(one.net),
                "tax": write(one.tax),
                "gross": write(one.gross),
            }
            for one in taxes
        ],
        "payments": [one.describe() for one in payments],
        "not_paid": {"count": unpaid, "total": write(due)},
        "tips": [{"kind": one.kind, "amount": write(one.tip)} for one in payments if one.tip],
        "cash_in": write(cash.get(CashKind.IN, NOTHING)),
        "cash_out": write(cash.get(CashKind.OUT, NOTHING)),
        "late_count": len(late),
        "late": [
            {
                "operation": one.operation,
                "reference": one.reference,
                "occurred_at": format_utc(one.occurred_at),
                "total": write(totals[one.operation].total),
            }
            for one in late[:MAX_LATE]
        ],
    }


def read_back(owner_id: int, returns: list[Changed]) -> list[RateTotal]:
    """Return what came back by these returns, and by their reversals, by rate.

    They count with the difference that they have made to what all standing returns of their sale are worth: so all of
    them together are worth what came back in the end, to the cent, in whichever closings they are. For those that
    follow each other, this is the difference between the state before the first and that after the last.
    """
    counted = {change for one in returns for change in one.changes}
    history = fetch(sql.RETURNS, {"owner": owner_id, "sales": list({one.sale for one in returns})})
    sets: list[tuple[int, int, list[int]]] = []  # the sign, the sale and the standing returns of each set
    standing: dict[int, set[int]] = {}
    for (sale_id, is_counted), changes in groupby(history, lambda row: (row[0], row[2] in counted)):
        of_sale = standing.setdefault(sale_id, set())
        before = [*of_sale]
        for _, return_id, _ in changes:
            of_sale ^= {return_id}
        if is_counted:
            sets += [(-1, sale_id, before), (1, sale_id, [*of_sale])]
    steps = [
        (number, operation, operation == sale)
        for number, (_, sale, returned) in enumerate(sets)
        for operation in (sale, *returned)
    ]
    numbers, operations, are_sales = map(list, zip(*steps, strict=True)) if steps else ([], [], [])
    values = {"owner": owner_id, "sets": numbers, "operations": operations, "are_sales": are_sales}
    rows = fetch(sql.BACK, values) if steps else []
    return add_up((sets[number][0], [RateTotal(*rate)]) for number, *rate in rows)


def write(amount: Decimal) -> str:
    return f"{amount:.2f}"


@atomic
def make_closing(
    *,
    by: User,
    till: Till | None,
    counted: Decimal,
    kept: Decimal,
    note: str = "",
    opening: Decimal | None = None,
) -> Closing:
    """Close the drawer of the till, or that of everything that no till has sold.

    Raise ExpectedTooHigh, FloatAboveCounted or OpeningKnown.
    """
    if kept > counted:
        raise FloatAboveCounted(float=f"{kept:.2f}", counted=f"{counted:.2f}")
    lock_account(by.account_id or 0, AccountLock.CLOSINGS)
    closing = draft_closing(by, till, opening)
    if abs(closing.expected) > MAX_VALUE:
        raise ExpectedTooHigh(limit=str(MAX_VALUE))
    closing.counted, closing.kept, closing.note = counted, kept, note
    closing.performer = find_performer(by)
    closing.digest = compute_digest(closing)
    closing.save()
    record(owner_id=closing.owner_id, event_type=EventType.CLOSING_MADE, data=describe_made(closing))
    return closing


def find_last(owner_id: int | None, till_id: int | None) -> Closing | None:
    """Return the last closing of the series."""
    return Closing.objects.filter(owner_id=owner_id, till=till_id).order_by("-number").first()


def draft_closing(by: User, till: Till | None, opening: Decimal | None = None) -> Closing:
    """Return the next closing of the series, without what was counted. It ends with the present head of the feed.

    `opening` is what was in the drawer before the first closing, by default nothing. Raise OpeningKnown.
    """
    owner_id: Any = by.account_id
    before = find_last(owner_id, till.pk if till else None)
    if before and opening is not None:
        raise OpeningKnown(opening=f"{before.kept:.2f}")
    part, now = find_part(by, till, before), read_now()
    document, opening = read_document(part), before.kept if before else opening or NOTHING
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

    The first one of a series begins with the shop's day of its first payment or its first movement of cash, at the
    latest with the present day.
    """
    owner_id: Any = by.account_id
    head, till_id = find_head(owner_id), till.pk if till else None
    if before:
        return Part(owner_id, till_id, before.to_position + 1, head, before.made_at)
    [[cash]] = fetch(sql.FIRST_CASH, {"owner": owner_id, "till": till_id})
    first = min(filter(None, (cash, find_first(owner_id, till_id))), default=None)
    start = midnight(by.shop_day(first), by.shop_zone)
    found = fetch(sql.BEFORE, {"owner": owner_id, "at": start})
    return Part(owner_id, till_id, found[0][0] + 1 if found else 1, head, start)


@atomic
def move_cash(*, by: User, till: Till | None, kind: str, amount: Decimal, reason: str) -> Cash:
    """Record that cash was put into the drawer or taken out of it."""
    owner_id: Any = by.account_id
    lock_account(owner_id, AccountLock.CLOSINGS)
    cash = Cash.objects.create(
        owner_id=owner_id, till=till, kind=kind, amount=amount, reason=reason, performer=find_performer(by),
        created_at=read_now(),
    )  # fmt: skip
    record(owner_id=owner_id, event_type=EventType.CASH_MOVED, data=describe_cash(cash))
    return cash


def find_performer(by: User) -> Performer:
    """Return the row with the user's name in the ledger, with its digest."""
    return Performer.objects.get(owner_id=by.account_id, pk=find_name(by, by.account_id or 0).pk)


def read_now() -> datetime:
    [[now]] = fetch("SELECT clock_timestamp()")
    return now  # type: ignore[no-any-return]
