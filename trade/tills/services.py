"""Make, pair and close tills. The device of a till has an API key, which the next pairing revokes.

A device may give the numbers up to `Till.highest_number` before the server hears of any: this is its block. If the
device is replaced or has lost its data, nobody knows which of these numbers are on receipts. So the next device begins
above the block.
"""

import re
from datetime import timedelta
from typing import Any

from django.db.models.functions import Now
from django.utils import timezone

from core.database.postgres.base import execute
from core.database.transactions import AccountLock, atomic, lock_account
from core.ownership import save_fields
from products.models.sql_codes import CODES
from products.models.sql_profiles import PICTURE
from records.events import services as events
from records.events.models import EventType
from records.idempotency.hooks import KeyHook
from records.idempotency.models import IdempotencyKey
from stock.hooks import TillHook
from trade.reservations.models import RESERVED_LINES
from trade.tills.errors import NotYourTill, NumberAhead, NumberBooked, NumberDropped, TillClosed, TooManyTills
from trade.tills.models import MAX_SKIPPED, Drop, Till
from users.access.permissions import Caller
from users.keys import services as keys
from users.models import ApiKey, KeyScope, User

# Adds a number to the booked ones of a till. The caller has locked the till's row.
ADD_BOOKED = """
UPDATE tills_till SET booked = booked + int4multirange(int4range(%(number)s, %(number)s, '[]')),
    last_number = greatest(last_number, %(number)s)
WHERE owner_id = %(owner)s::bigint AND id = %(till)s::bigint
"""

# Adds the rest of a block to the unproven numbers of a till. The caller has locked the till's row.
ADD_UNPROVEN = """
UPDATE tills_till SET unproven = unproven + int4multirange(int4range(last_number + 1, %(end)s + 1)),
    last_number = %(last)s
WHERE owner_id = %(owner)s::bigint AND id = %(till)s::bigint
"""

# Returns three lists of ranges for each till: the numbers that were given up, those that are neither booked nor given
# up, and those among them of which nobody knows whether a device has given them.
GAPS = """
SELECT till.id, till.name, till.last_number, dropped.numbers,
    int4multirange(int4range(1, till.last_number + 1)) - till.booked - dropped.numbers - till.unproven AS missing,
    till.unproven - till.booked - dropped.numbers AS unproven
FROM tills_till AS till
CROSS JOIN LATERAL (
    SELECT coalesce(range_agg(int4range(number, number, '[]')), '{}') AS numbers FROM tills_drop AS dropped
    WHERE dropped.owner_id = %(owner)s::bigint AND dropped.till_id = till.id
) AS dropped
WHERE till.owner_id = %(owner)s::bigint AND till.id = ANY(%(tills)s::bigint[])
ORDER BY till.id
"""

# Returns the live products after an id, with what a till needs of them.
CATALOGUE = """
SELECT product.id, product.name, product.sku, product.barcode, {codes} AS codes, product.unit, product.decimals,
    product.price::text, product.tax_id,
    CASE WHEN product.keeps_stock THEN product.quantity - coalesce(reserved.quantity, 0) END AS available,
    product.updated_at,
    {picture} AS picture
FROM (
    SELECT * FROM products_product
    WHERE owner_id = %(owner)s::bigint AND archived_at IS NULL AND id > %(after)s::bigint
    ORDER BY id LIMIT %(limit)s
) AS product
LEFT JOIN (
    SELECT line.product_id, sum(line.quantity)::bigint AS quantity FROM {reserved}
    GROUP BY line.product_id
) AS reserved ON reserved.product_id = product.id
LEFT JOIN products_profile AS profile
    ON profile.owner_id = %(owner)s::bigint AND profile.product_id = product.id AND product.has_profile
ORDER BY product.id
""".format(  # noqa: S608, constants
    codes=CODES.format(product="product", owner="%(owner)s::bigint"),
    picture=PICTURE,
    reserved=RESERVED_LINES.format(owner="%(owner)s::bigint"),
)

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
    execute(ADD_UNPROVEN, {"owner": till.owner_id, "till": till.pk, "end": end, "last": last})
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


# Matches the keys of numbers, and every other way to write one: with other capitals, signs, spaces, or fewer zeros.
PART = r"-[-+\s]*[0-9][0-9\s_.,]*"
ANY_SPELLING = re.compile(rf"\s*till\s*{PART}{PART}", re.IGNORECASE | re.ASCII)
NUMBER_KEY = re.compile(r"till-([1-9][0-9]{0,17})-([0-9]{6})")


class NumberKeys(KeyHook):
    """A key that is a number of a till is booked with its request. The user has its till as `numbered_till` then.

    Keys of another form are ignored.
    """

    def before_insert(self, user: User, key: str) -> None:
        """Lock the till's row, so that concurrent bookings and drops of a till run one after another.

        Raise NotYourTill (403) if the user may not use its numbers, TillClosed, NumberAhead or NumberBooked (409).
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
            execute(ADD_BOOKED, {"owner": till.owner_id, "till": till.pk, "number": number})
        elif not IdempotencyKey.objects.filter(owner_id=till.owner_id, key=key).exists():
            raise NumberBooked(number=number)  # the shop was moved here, without its idempotency keys
        user.numbered_till = till.pk


class TillsOfKeys(TillHook):
    def find_till(self, device: Any) -> int | None:
        prefix = device.api_key.prefix
        return Till.objects.for_user(device).filter(key_prefix=prefix).values_list("pk", flat=True).first()


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
