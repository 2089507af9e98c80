"""The jobs of the worker on the ledger: one records an event for each lot that expires soon, others seal and forget."""

from collections.abc import Callable
from datetime import date, timedelta

from core.database.postgres.base import fetch
from core.database.transactions import atomic
from core.due_work import Job
from core.time_zones import today
from products.reading.details import DAYS_AHEAD
from records.events.services import ExpiringLot, record_expiring_lots
from stock.importing.history import forget_refused_imports
from stock.proofs import services as proofs
from users.jobs import Round

MAX_LOTS = 1000  # the most lots that one search in an account finds; the next search continues
CHECK_SECONDS = 3600  # the time between two searches in all accounts
FORGET_SECONDS = 3600  # the time between two searches for refused imports that are kept no longer

# Returns the lots of an account that are in stock, expire by %(last)s and have no event yet, the earliest first. The
# condition on the event is that of its unique constraint.
LOTS_WITHOUT_EVENT = """
SELECT lot.product_id, lot.id, lot.expires_on, sum(holding.quantity)::bigint
FROM stock_lot AS lot
JOIN stock_holding AS holding ON holding.owner_id = %(owner)s::bigint AND holding.lot_id = lot.id
WHERE lot.owner_id = %(owner)s::bigint AND lot.expires_on <= %(last)s::date AND NOT EXISTS (
    SELECT FROM events_event AS event
    WHERE event.owner_id = %(owner)s::bigint AND event.type = 'lot.expiring' AND event.data ->> 'lot' = lot.id::text
)
GROUP BY lot.product_id, lot.id, lot.expires_on
ORDER BY lot.expires_on, lot.id
LIMIT %(limit)s
"""
# The days of shops in other time zones are up to one ahead.
HAS_EXPIRING_LOTS = f"""EXISTS (
    SELECT FROM stock_lot AS lot
    WHERE lot.owner_id = owner.id AND lot.expires_on <= current_date + {DAYS_AHEAD + 1} OFFSET 0
)"""


@atomic
def record_new_expiring_lots(owner_id: int, day: date) -> int:
    """Record an event for each lot in stock that expires within DAYS_AHEAD and has none. Return the number of events.

    A unique constraint lets each lot have one event, even if several workers run at the same time.
    """
    last = day + timedelta(days=DAYS_AHEAD)
    rows = fetch(LOTS_WITHOUT_EVENT, {"owner": owner_id, "last": last, "limit": MAX_LOTS})
    return record_expiring_lots(owner_id=owner_id, lots=[ExpiringLot(*row) for row in rows])


def record_due_lots(owner_id: int, zone: str) -> bool:
    """Record the events of a shop's lots that expire soon. Return whether there may be more than were found."""
    return record_new_expiring_lots(owner_id, today(zone)) == MAX_LOTS


def list_jobs(_is_stopping: Callable[[], bool]) -> list[Job]:
    return [
        Job(Round(proofs.seal_due, proofs.CHECK_SECONDS, proofs.IS_DUE).run, 0),
        Job(Round(record_due_lots, CHECK_SECONDS, HAS_EXPIRING_LOTS).run, 0),
        Job(forget_refused_imports, FORGET_SECONDS),
    ]
