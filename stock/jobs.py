"""Record an event for each lot that expires soon. This is a job of the worker."""

from datetime import date, timedelta
from time import monotonic

from django.db import connection

from core.database.transactions import atomic
from core.time_zones import today
from events.services import ExpiringLot, record_expiring_lots
from stock.reading.expiring import DAYS_AHEAD
from stock.reading.sql_expiring import LOTS_WITHOUT_EVENT
from users.models import User

MAX_LOTS = 1000  # the most lots that one search in an account finds; the next search continues
CHECK_SECONDS = 3600  # the time between two searches in all accounts
MAX_TURN_SECONDS = 0.5  # the longest turn of a search, after which other jobs have theirs


@atomic
def record_new_expiring_lots(owner_id: int, day: date) -> int:
    """Record an event for each lot in stock that expires within DAYS_AHEAD and has none. Return the number of events.

    A unique constraint lets each lot have one event, even if several workers run at the same time.
    """
    last = day + timedelta(days=DAYS_AHEAD)
    with connection.cursor() as cursor:
        cursor.execute(LOTS_WITHOUT_EVENT, {"owner": owner_id, "last": last, "limit": MAX_LOTS})
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
