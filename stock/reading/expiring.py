"""Find the stock that expires soon, for the start page and the daily notices, and record an event for each lot."""

from datetime import date, timedelta
from time import monotonic
from typing import Any, NamedTuple

from django.db import connection

from core.database.replicas import reading
from core.database.transactions import atomic
from core.time_zones import today
from events.services import ExpiringLot, record_expiring_lots
from products import sql_expiry
from stock.reading import sql_expiring
from users.models import User

DAYS_AHEAD = 14  # the events and the notices announce what expires within this time
MAX_LOTS = 1000  # the most lots that one search in an account finds; the next search continues
CHECK_SECONDS = 3600  # the time between two searches in all accounts
MAX_TURN_SECONDS = 0.5  # the longest turn of a search, after which other jobs have theirs


class Expiring(NamedTuple):
    """Stock that expires: a lot, the stock of a product outside of dated lots, or the sum of both for a product.

    `lot_code` is empty unless the row is a single lot.
    """

    id: int
    name: str
    sku: str
    lot_code: str
    expires_on: date
    quantity: int


def find_expiring_lots(owner_id: int, first: date, last: date, limit: int) -> tuple[list[Expiring], int]:
    """Return the stock that expires on these days, the earliest first, and the number of all such rows."""
    return fetch_expiring(sql_expiry.EXPIRING_LOTS, owner=owner_id, first=first, last=last, limit=limit)


def find_expiring_products(owner_id: int, first: date, last: date, limit: int) -> tuple[list[Expiring], int]:
    """Return the stock that expires on these days by product, each product with its earliest date, and the number of
    products.
    """
    return fetch_expiring(sql_expiry.EXPIRING_PRODUCTS, owner=owner_id, first=first, last=last, limit=limit)


def fetch_expiring(statement: str, **values: Any) -> tuple[list[Expiring], int]:
    with reading().cursor() as cursor:
        cursor.execute(statement, values)
        rows = cursor.fetchall()
    return [Expiring(*row[:-1]) for row in rows], rows[0][-1] if rows else 0


# --- The event of each lot ----------------------------------------------------------------------------------


@atomic
def record_new_expiring_lots(owner_id: int, day: date) -> int:
    """Record an event for each lot in stock that expires within DAYS_AHEAD and has none. Return the number of events.

    A unique constraint lets each lot have one event, even if several workers run at the same time.
    """
    last = day + timedelta(days=DAYS_AHEAD)
    with connection.cursor() as cursor:
        cursor.execute(sql_expiring.LOTS_WITHOUT_EVENT, {"owner": owner_id, "last": last, "limit": MAX_LOTS})
        lots = [ExpiringLot(*row) for row in cursor.fetchall()]
    return record_expiring_lots(owner_id=owner_id, lots=lots)


class DailyLots:
    """A job of the worker's loop that records the events of lots that expire soon, in all accounts."""

    def __init__(self) -> None:
        self.accounts: list[tuple[int, str]] = []  # the ids and time zones of the accounts that remain in this round
        self.next_check = 0.0

    def record_due(self) -> bool:
        """Look at the next accounts. Return whether others remain."""
        if not self.accounts:
            if monotonic() < self.next_check:
                return False
            owners = User.objects.owners().order_by("id")
            self.accounts, self.next_check = list(owners.values_list("id", "time_zone")), monotonic() + CHECK_SECONDS
        end = monotonic() + MAX_TURN_SECONDS
        while self.accounts and monotonic() < end:
            owner_id, zone = self.accounts.pop()
            while record_new_expiring_lots(owner_id, today(zone)) == MAX_LOTS:
                pass
        return bool(self.accounts)
