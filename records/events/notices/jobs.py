"""Mail one notice a day to each user who wants it: low and expiring stock, places to refill, expired orders, tills."""

import json
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any, NamedTuple

from django.conf import settings

from core import mail
from core.database.postgres.base import fetch
from core.due_work import Job
from core.time_zones import get_zone, list_zones
from products.models import Product
from products.reading.details import DAYS_AHEAD, Expiring, read_expiring
from records.events.models import EventType
from records.events.notices.models import LastNotice
from records.events.notices.services import build_off_link, claim_day
from records.events.services import find_head, number_all_events
from stock.places.hooks import REFILLS, PlaceToRefill
from trade.reservations.models import Reservation
from trade.tills.models import Till
from trade.tills.reading import Gaps, find_gaps
from users.access.roles import Right, may
from users.models import User

Rows = tuple[list[Any], int]  # the first MAX_ROWS rows of a list, and the number of the others

SENDING_HOUR = 7  # in the shop's time zone
MAX_ROWS = 20  # the most rows of each list in a mail
MAX_USERS = 1000  # the most users in one run; the next run continues

# Returns the users who want notices, if it is at least the given hour in the time zone of their shop and the day is not
# done. A user without a row has just requested notices: the first one is sent on the next day.
DUE = """
SELECT users.id, wanted.today, digest.user_id IS NULL AS is_new
FROM users_user AS users
LEFT JOIN users_user AS employer ON employer.id = users.employer_id
LEFT JOIN events_lastnotice AS digest ON digest.user_id = users.id
JOIN unnest(%(zones)s::text[], %(moments)s::timestamp[]) AS local (zone, moment)
    ON local.zone = coalesce(employer.time_zone, users.time_zone)
CROSS JOIN LATERAL (SELECT local.moment::date AS today) AS wanted
WHERE users.notices = 'daily' AND users.is_active AND NOT users.is_barred
AND users.email = users.confirmed_email AND NOT users.email = ''
AND (digest.user_id IS NULL OR (digest.sent_on < wanted.today AND extract(hour FROM local.moment) >= %(hour)s))
ORDER BY users.id
LIMIT %(limit)s
"""

# Returns the products that have become low after a position of the feed.
FALLEN = """
SELECT DISTINCT product FROM events_event
WHERE owner_id = %(owner)s AND position > %(position)s AND type = %(type)s
"""
# Returns the first events of a type after a position of the feed, each with the number of all of them.
TOLD = """
SELECT event.data, count(*) OVER () FROM events_event AS event
WHERE event.owner_id = %(owner)s AND event.position > %(position)s AND event.type = %(type)s
ORDER BY event.position LIMIT %(limit)s
"""


class Dropped(NamedTuple):
    till: str
    number: int
    note: str


class Unproven(NamedTuple):
    """Numbers of a till that nobody knows about since its device was replaced or lost."""

    till: str
    first: int
    last: int


class Notice(NamedTuple):
    """The content of a mail: the first MAX_ROWS of each list, products and lots together, and the number of others."""

    low: list[Product]
    expiring: list[Expiring]
    others: int
    expired: list[Reservation]  # orders of customers that were not handed out in time
    tills: list[Gaps]  # those with missing numbers
    dropped: list[Dropped]
    unproven: list[Unproven]
    refill: Sequence[PlaceToRefill] = ()  # the places at which products are low

    @property
    def is_empty(self) -> bool:
        return not any((self.low, self.expiring, self.expired, self.tills, self.dropped, self.unproven, self.refill))


def send_due_notices() -> int:
    """Send the notices that are due, one after another. Return the number of mails."""
    # If the mail server accepts a mail in none of the tries, the mail of the next day covers both days.
    if not settings.MAIL_ON:
        return 0
    # PostgreSQL may have other rules for a zone, or may not know it.
    moments = {zone: datetime.now(get_zone(zone)).replace(tzinfo=None) for zone in list_zones()}
    values = {"zones": [*moments], "moments": [*moments.values()], "hour": SENDING_HOUR, "limit": MAX_USERS}
    return sum(send_notice(*due) for due in fetch(DUE, values))


def send_notice(user_id: int, today: date, is_new: bool) -> bool:
    """Mail the news to the user, unless another worker does. Return whether a mail was sent."""
    user = User.find(user_id)
    if user is None or not user.may_sign_in or user.account_id is None:
        return False
    number_all_events(user.account_id)
    head = find_head(user.account_id)
    told = claim_day(user_id, today, head)
    if told is None or is_new or not may(user, Right.READ):
        return False
    notice = find_notice(user, today, min(told, head))
    told_all = partial(LastNotice.objects.filter(user=user).update, position=head)
    if not notice.is_empty:
        return mail_notice(user, notice, told_all)
    told_all()
    return False


def find_notice(user: User, today: date, told: int) -> Notice:
    """Return the content of the notice. Its low products are those that became low after the position `told`."""
    values = {"owner": user.account_id, "position": told, "type": EventType.STOCK_LOW.value}
    fallen = [product_id for (product_id,) in fetch(FALLEN, values)]
    low = Product.objects.for_user(user).live().filter(is_low_stock=True, pk__in=fallen).order_by("quantity", "id")
    last_day = today + timedelta(days=DAYS_AHEAD)
    expiring, found = read_expiring(user.account_id, today, last_day, MAX_ROWS)  # type: ignore[arg-type]  # a member's
    shown_low = list(low[:MAX_ROWS])
    shown_expiring = expiring[: MAX_ROWS - len(shown_low)]
    others = low.count() + found - len(shown_low) - len(shown_expiring)
    lists = [find_expired(user, told), *find_numbers(user, told)]
    others += sum(more for _rows, more in lists)
    refill = [place for hook in REFILLS for place in hook.list_places(user)]
    return Notice(shown_low, shown_expiring, others, *(rows for rows, _more in lists))._replace(refill=refill)


def read_told(owner_id: Any, told: int, event_type: str) -> Rows:
    """Return the data of the first events of this type after the position, and the number of the others."""
    values = {"owner": owner_id, "position": told, "type": str(event_type), "limit": MAX_ROWS}
    rows = fetch(TOLD, values)
    return [json.loads(data) for data, _number in rows], rows[0][1] - len(rows) if rows else 0


def find_expired(user: User, told: int) -> Rows:
    """Return the orders of customers that have expired after the position of the feed."""
    events, more = read_told(user.account_id, told, EventType.RESERVATION_EXPIRED)
    orders = Reservation.objects.for_user(user).filter(pk__in=[data["reservation"] for data in events])
    return list(orders.select_related("customer").order_by("id")), more


def find_numbers(user: User, told: int) -> list[Rows]:
    """Return what the notice says about tills: nothing, unless the user manages users.

    It has the tills with missing numbers, and the numbers that were given up or may be missing since the position.
    """
    owner_id: Any = user.account_id
    if not may(user, Right.MANAGE_USERS):
        return [([], 0)] * 3
    names = dict(Till.objects.filter(owner_id=owner_id).values_list("pk", "name"))
    gaps = [till for till in find_gaps(owner_id, list(names)) if till.missing]
    lists: list[Rows] = [(gaps[:MAX_ROWS], len(gaps[MAX_ROWS:]))]
    for kind, event_type in ((Dropped, EventType.TILL_DROPPED), (Unproven, EventType.TILL_UNPROVEN)):
        rows, more = read_told(owner_id, told, event_type)
        lists.append(([kind(**{**row, "till": names[row["till"]]}) for row in rows if row["till"] in names], more))
    return lists


def mail_notice(user: User, notice: Notice, accepted: Callable[[], Any]) -> bool:
    """Send the mail, with headers by which mail programs turn notices off (RFC 8058). Return whether it was sent."""
    address = build_off_link(user)
    return mail.send_mail(
        mail.PAUSES_SECONDS,
        accepted=accepted,
        template="notice",
        to=user.email,
        language=user.shown_language,
        sign=user.shop_decimal_sign,
        context={"user": user, "notice": notice, "off": address, "days": DAYS_AHEAD},
        log_fields={"user": user.pk},
        headers={"List-Unsubscribe": f"<{address}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"},
    )


def list_jobs(_is_stopping: Callable[[], bool]) -> list[Job]:
    return [Job(send_due_notices)]
