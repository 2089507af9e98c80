"""Keep the sums of the days of shops that sell much, which is a job of the worker, and verify them."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from time import monotonic
from typing import Any

from django.db.models import Min

from core.database.postgres.base import fetch
from core.database.transactions import atomic, set_time_limit
from core.due_work import Job
from core.time_zones import list_midnights
from desk.reports.margins import make_margins_by_day
from desk.reports.models import SalesDay
from desk.reports.reading.statements import TIMEOUT_SECONDS
from desk.reports.sales import make_sales_by_day
from desk.reports.taxes import make_taxes_by_rate
from desk.reports.toolkit.days import LATE, load_sums, read_kept_days
from stock.models import Operation, OperationReason
from stock.models.sql_sales import PLACES
from users.jobs import Round

CHECK_SECONDS = 3600  # the time between two rounds through all shops
MAX_DAYS = 800  # the days before today that are kept: this year and the one before
DAYS_AT_A_TIME = 10
# Only shops with so many sales in the last BUSY_DAYS have kept days: for others, reading the sales is as fast.
MIN_SALES, BUSY_DAYS = 1000, 30
SELLS_MUCH = f"""EXISTS (
    SELECT FROM stock_operation AS sale
    WHERE sale.owner_id = owner.id AND sale.reason = 'sale' AND sale.occurred_at >= now() - interval '{BUSY_DAYS} days'
    OFFSET {MIN_SALES - 1}
)"""
REFRESH_AFTER = timedelta(days=7)  # then the index of late operations is read from a later time on
# The clocks of two servers, of which one replaces the other, may differ by less than this.
MAX_CLOCK_DIFFERENCE = timedelta(hours=1)
# Comparing a day takes as long as the reports of the day. A verification compares the newest days first, for so long.
MAX_VERIFICATION_SECONDS = 20

# Returns when the oldest transaction in the database began that is still open: a statement that begins later sees
# everything that was booked before. It is null if the server does not tell the times of transactions.
OLDEST_TRANSACTION = """
SELECT CASE WHEN bool_or(pid = pg_backend_pid() AND xact_start IS NOT NULL) THEN min(xact_start) END
FROM pg_stat_activity WHERE datname = current_database()
"""
PLACES_OF_SHOP = f"SELECT {PLACES}"


def keep_days(owner_id: int, zone: str) -> bool:
    """Keep days of a shop that sells much which are over and not kept, or have changed, the newest first.

    Return whether others are left.
    """
    now = datetime.now(UTC)
    sales = Operation.objects.filter(owner_id=owner_id, reason=OperationReason.SALE)
    if sales.filter(occurred_at__gte=now - timedelta(days=BUSY_DAYS))[:MIN_SALES].count() < MIN_SALES:
        return False
    first = max(sales.aggregate(first=Min("occurred_at"))["first"], now - timedelta(days=MAX_DAYS))
    days = [*pairwise(list_midnights(first, now, zone)[1])]
    kept = refresh(owner_id, days)
    missing = [day for day in reversed(days) if day not in kept]
    # Yesterday can't be kept yet in the first hour of today. The days before it can.
    are_kept = [keep_day(owner_id, *day) for day in missing[:DAYS_AT_A_TIME]]
    return all(are_kept) and len(missing) > DAYS_AT_A_TIME


@atomic
def refresh(owner_id: int, days: list[tuple[datetime, datetime]]) -> set[tuple[datetime, datetime]]:
    """Delete the kept days that are none of these, and return those that may be used."""
    SalesDay.objects.filter(owner_id=owner_id).exclude(starts_at__in=[start for start, _ in days]).delete()
    covers_until = find_covered()
    kept = read_kept_days(owner_id, days[0][0], days[-1][1]) if days else []
    if covers_until:
        old = [pk for pk, _start, _end, covered, _sums in kept if covered < covers_until - REFRESH_AFTER]
        SalesDay.objects.filter(owner_id=owner_id, pk__in=old).update(covers_until=covers_until)
    return {(start, end) for _pk, start, end, _covered, _sums in kept}


def find_covered() -> datetime | None:
    """Return a time so that the statements that follow see everything that was booked before it."""
    oldest: datetime | None = fetch(OLDEST_TRANSACTION)[0][0]
    return oldest and oldest - MAX_CLOCK_DIFFERENCE


@atomic
def keep_day(owner_id: int, start: datetime, end: datetime) -> bool:
    """Keep the sums of a day. Return False, and keep nothing, if not everything of it is certain to be visible."""
    set_time_limit(TIMEOUT_SECONDS, reads=True)
    covers_until = find_covered()
    if covers_until is None or covers_until < end + LATE:
        return False
    [(places,)] = fetch(PLACES_OF_SHOP, {"owner": owner_id})
    sums = {statement.name: statement.read_day() for statement in list_statements(owner_id, start, end)}
    found = {"ends_at": end, "covers_until": covers_until, "places": places, "sums": sums}
    row = SalesDay(owner_id=owner_id, starts_at=start, **found)
    SalesDay.objects.bulk_create(
        [row], update_conflicts=True, unique_fields=["owner", "starts_at"], update_fields=[*found]
    )
    return True


def find_breaks(owner_id: int, limit: int) -> list[tuple[Any, ...]]:
    """Return the kept days whose sums are not those of their sales, as rows like those of stock.proofs."""
    found: list[tuple[Any, ...]] = []
    end = monotonic() + MAX_VERIFICATION_SECONDS
    for _pk, starts, ends, _until, sums in reversed(read_kept_days(owner_id, "-infinity", "infinity")):
        if monotonic() > end or len(found) == limit:
            break
        kept = load_sums(sums)
        differing = [one.name for one in list_statements(owner_id, starts, ends) if one.read_day() != kept[one.name]]
        # Something may have been booked since the kept days were read. Then the day is used no more.
        if differing and read_kept_days(owner_id, starts, ends):
            found.append((0, 0, f"sums of the day from {starts.isoformat()} differ: {', '.join(differing)}"))
    return found


def list_statements(owner_id: int, start: datetime, end: datetime) -> Iterator[Any]:
    """Yield the statements whose rows of a day are kept."""
    everything = dict.fromkeys(("till", "user", "customer", "reference", "product"))
    values = {**everything, "owner": owner_id, "start": start, "end": end, "first_day": start.date()}
    for make in (make_sales_by_day, make_margins_by_day, make_taxes_by_rate):
        yield make({**values, "midnights": [start]})


def list_jobs(_is_stopping: Callable[[], bool]) -> list[Job]:
    return [Job(Round(keep_days, CHECK_SECONDS, SELLS_MUCH).run, 0)]
