"""The times of the demo shop's trade. There is most on Saturdays and before the holidays, and none on Sundays."""

from bisect import bisect_left
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from itertools import accumulate
from random import Random
from typing import NamedTuple

OPENS, CLOSES = time(9, tzinfo=UTC), time(18, 30, tzinfo=UTC)
WEEKDAY_WEIGHTS = (0.8, 0.8, 0.9, 1.0, 1.3, 1.9, 0.0)  # from Monday to Sunday
MONTH_WEIGHTS = (1.1, 1.0, 0.95, 0.9, 0.85, 0.75, 0.65, 0.7, 0.95, 1.1, 1.35, 1.8)


class Hours(NamedTuple):
    """The opening hours of a day. `weight` is its share of the trade."""

    opening: datetime
    closing: datetime
    weight: float


def choose_times(count: int, days: int, now: datetime, random: Random) -> list[datetime]:
    """Return this number of times in ascending order, in the opening hours of the last days up to now.

    Times are closer together on days with more trade. The times depend on the date, but the events do not.
    """
    open_days = list(list_opening_hours(days, now))
    shares = list(accumulate(day.weight for day in open_days))
    times = []
    for number in range(count):
        position = (number + random.random()) / count * shares[-1]
        index = bisect_left(shares, position)
        day = open_days[index]
        part = 1 - (shares[index] - position) / day.weight
        times.append((day.opening + part * (day.closing - day.opening)).replace(microsecond=0))
    return times


def list_opening_hours(days: int, now: datetime) -> Iterator[Hours]:
    """Yield the opening hours of every day with trade. The last day ends now."""
    for ago in range(days, -1, -1):
        day = now.date() - timedelta(days=ago)
        opening, closing = datetime.combine(day, OPENS), datetime.combine(day, CLOSES)
        elapsed_share = (min(closing, now) - opening) / (closing - opening)
        weight = WEEKDAY_WEIGHTS[day.weekday()] * MONTH_WEIGHTS[day.month - 1] * elapsed_share
        if weight > 0:
            yield Hours(opening, min(closing, now), weight)
