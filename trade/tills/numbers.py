"""The numbers of tills: each is booked at most once, or given up with a note. The missing ones can be listed."""

import re
from typing import Any

from core.database.postgres.base import execute
from core.database.transactions import atomic
from core.ownership import save_fields
from records.events import services as events
from records.events.models import EventType
from records.idempotency.models import IdempotencyKey
from trade.tills import sql
from trade.tills.errors import NotYourTill, NumberAhead, NumberBooked, NumberDropped, TillClosed
from trade.tills.models import MAX_SKIPPED, Drop, Till
from users.models import User

# Matches the keys of numbers, and every other way to write one: with other capitals, signs, spaces, or fewer zeros.
PART = r"-[-+\s]*[0-9][0-9\s_.,]*"
ANY_SPELLING = re.compile(rf"\s*till\s*{PART}{PART}", re.IGNORECASE | re.ASCII)
NUMBER_KEY = re.compile(r"till-([1-9][0-9]{0,17})-([0-9]{6})")


def claim_number(user: User, key: str) -> None:
    """Record in the transaction of the booking that the key's number is booked. Ignore keys of another form.

    Raise NotYourTill (403) if the user may not use the till's numbers, TillClosed, NumberAhead or NumberBooked (409).
    The till's row is locked, so that concurrent bookings and drops of a till run one after another.
    """
    if not ANY_SPELLING.fullmatch(key):
        return
    found = NUMBER_KEY.fullmatch(key)
    tills = Till.objects.for_user(user).select_for_update(no_key=True)
    till = tills.filter(pk=int(found[1])).first() if found else None
    number = int(found[2]) if found else 0
    if till is None or not number or not till.is_used_by(user):
        raise NotYourTill()
    if till.revoked_at:
        raise TillClosed(till=till.pk)
    check_ahead(till, number)
    if not till.has_booked(number):
        execute(sql.ADD_BOOKED, {"owner": till.owner_id, "till": till.pk, "number": number})
    elif not IdempotencyKey.objects.filter(owner_id=till.owner_id, key=key).exists():
        raise NumberBooked(number=number)  # the shop was moved here, without its idempotency keys


def find_till(user: Any) -> int | None:
    """Return the id of the till to whose device the user's API key belongs, or None."""
    return Till.objects.for_user(user).filter(key_prefix=user.api_key.prefix).values_list("pk", flat=True).first()


@atomic
def drop_number(*, by: User, till_id: int, number: int, note: str, sale: Any) -> Drop:
    """Give the number up for ever, also that of a closed till.

    Raise Till.DoesNotExist, NotYourTill (403), NumberBooked, NumberDropped or NumberAhead (409).
    """
    till: Till = Till.objects.for_user(by).get_locked(till_id)
    if not till.is_used_by(by):
        raise NotYourTill()
    check_ahead(till, number)
    if till.has_booked(number):
        raise NumberBooked(number=number)
    if Drop.objects.filter(owner_id=till.owner_id, till_id=till.pk, number=number).exists():
        raise NumberDropped(number=number)
    drop = Drop.objects.create(
        owner_id=till.owner_id, till=till, number=number, note=note, sale=sale, made_by=by,
        made_by_username=by.history_name,
    )  # fmt: skip
    save_fields(till, {"last_number": max(till.last_number, number)})
    data = {"till": till.pk, "number": number, "note": note}
    events.record(owner_id=till.owner_id, event_type=EventType.TILL_DROPPED, data=data)
    return drop


def check_ahead(till: Till, number: int) -> None:
    highest = till.last_number + MAX_SKIPPED
    if number > highest:
        raise NumberAhead(last=till.last_number, highest=highest)
