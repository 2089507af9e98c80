"""The times at which the mails of a view are due, in the time zone of the shop."""

from collections.abc import Collection, Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import count, takewhile

from core.time_zones import get_zone

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
LAST = "last"  # the last day of the month
MONTH_DAYS = (*map(str, range(1, 29)), LAST)  # the days that each month has

DAY, HALF_DAY, MINUTE = timedelta(days=1), timedelta(hours=12), timedelta(minutes=1)


def find_next(days: Collection[str], hour: int, zone: str, after: datetime) -> datetime:
    """Return the first due time after this instant."""
    due = list_due(days, hour, zone, after.astimezone(get_zone(zone)).date() - DAY)
    return next(moment for moment in due if moment > after)


def find_latest(days: Collection[str], hour: int, zone: str, planned: datetime, now: datetime) -> datetime | None:
    """Return the latest due time until now, from half a day before the planned one on.

    It is another one than planned if the shop has moved to another time zone, and None if it is yet to come there.
    """
    since = planned - HALF_DAY
    due = list_due(days, hour, zone, since.astimezone(get_zone(zone)).date())
    return max((moment for moment in takewhile(lambda moment: moment <= now, due) if moment > since), default=None)


def list_due(days: Collection[str], hour: int, zone: str, first: date) -> Iterator[datetime]:
    """Yield the due times from this day on without end: one on each day of the week or the month that is chosen."""
    dates = (first + DAY * number for number in count())
    return (find_hour(day, hour, zone) for day in dates if is_chosen(day, days))


def is_chosen(day: date, days: Collection[str]) -> bool:
    return bool({WEEKDAYS[day.weekday()], str(day.day), LAST if (day + DAY).day == 1 else ""} & {*days})


def find_hour(day: date, hour: int, zone: str) -> datetime:
    """Return the instant at which this hour begins. A doubled hour begins once, a skipped one when the gap ends."""
    wanted = datetime.combine(day, time(hour))
    found = min(wanted.replace(tzinfo=get_zone(zone), fold=fold).astimezone(UTC) for fold in (0, 1))
    while found.astimezone(get_zone(zone)).replace(tzinfo=None) < wanted:
        found += MINUTE
    return found
