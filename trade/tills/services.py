"""Make, pair and close tills. The device of a till has an API key, which the next pairing revokes.

A device may give the numbers up to `Till.highest_number` before the server hears of any: this is its block. If the
device is replaced or has lost its data, nobody knows which of these numbers are on receipts. So the next device begins
above the block.
"""

from datetime import timedelta
from typing import Any

from django.db.models.functions import Now
from django.utils import timezone

from core.database.postgres.base import execute
from core.database.transactions import AccountLock, atomic, lock_account
from core.ownership import save_fields
from records.events import services as events
from records.events.models import EventType
from trade.tills import sql
from trade.tills.errors import TillClosed, TooManyTills
from trade.tills.models import Till
from users.access.callers import Caller
from users.keys import services as keys
from users.keys.models import ApiKey, KeyScope
from users.models import User

MAX_TILLS = 20  # the limit of the open tills of a shop
KEY_DAYS = 365


@atomic
def make_till(*, by: Caller, user: User, name: str) -> tuple[Till, str]:
    """Create a till of the user. Return it with the text of its key. Raise TooManyTills (400) or TooManyKeys (400)."""
    owner_id: Any = user.account_id
    lock_account(owner_id, AccountLock.TILLS)
    if Till.objects.filter(owner_id=owner_id, revoked_at=None).count() >= MAX_TILLS:
        raise TooManyTills(limit=MAX_TILLS)
    till = Till.objects.create(owner_id=owner_id, name=name, user=user)
    return till, give_key(by, till)


@atomic
def pair_till(*, by: Caller, till_id: int, key_prefix: str = "") -> tuple[Till, str]:
    """Give the till a new key, and revoke the one before. Return the till with the text of the key.

    The key belongs to the caller, so bookings of the device have the caller's name. `key_prefix` is the prefix of the
    key that the device has had: see end_block(). Raise Till.DoesNotExist, TillClosed (409) or TooManyKeys (400).
    """
    till = lock_open_till(by, till_id)
    end_block(till, key_prefix, last=till.highest_number)
    revoke_key(by, till)
    return till, give_key(by, till)


@atomic
def close_till(*, by: Caller, till_id: int, key_prefix: str = "") -> None:
    """Close the till for ever, and revoke its key. Raise Till.DoesNotExist or TillClosed (409)."""
    till = lock_open_till(by, till_id)
    end_block(till, key_prefix, last=till.last_number)
    revoke_key(by, till)
    save_fields(till, {"revoked_at": Now()})


def lock_open_till(by: Caller, till_id: int) -> Till:
    till: Till = Till.objects.kept_by(by.user).get_locked(till_id)
    if till.revoked_at:
        raise TillClosed(till=till.pk)
    return till


def end_block(till: Till, key_prefix: str, *, last: int) -> None:
    """Record that nobody knows which numbers of the block were given, and that `last` is now the till's last number.

    Do nothing if the caller's device has the present key of the till: it keeps its numbers where it keeps the key. The
    till's row is locked.
    """
    if key_prefix == till.key_prefix:
        return
    first, end = till.next_number, till.highest_number
    execute(sql.ADD_UNPROVEN, {"owner": till.owner_id, "till": till.pk, "end": end, "last": last})
    till.last_number = last
    if first <= end:
        data = {"till": till.pk, "first": first, "last": end}
        events.record(owner_id=till.owner_id, event_type=EventType.TILL_UNPROVEN, data=data)


def give_key(by: Caller, till: Till) -> str:
    """Issue a key of the caller for the device of the till. Return its text."""
    user: Any = by.user
    expires_at = timezone.now() + timedelta(days=KEY_DAYS)
    key, text = keys.issue_key(
        by=by, user=user, name=till.numbered_name, scope=KeyScope.BOOK, expires_at=expires_at, is_device=True
    )
    save_fields(till, {"key_prefix": key.prefix})
    return text


def revoke_key(by: Caller, till: Till) -> None:
    for key in ApiKey.objects.filter(prefix=till.key_prefix).select_related("user"):
        keys.revoke(by=by, key=key)
