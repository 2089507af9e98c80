"""When the demo shop trades: more on Saturdays and before the holidays, not at all on Sundays."""

from bisect import bisect_left
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import accumulate
from random import Random
from typing import NamedTuple

OPENS, CLOSES = time(9, tzinfo=UTC), time(18, 30, tzinfo=UTC)
MONDAY_TO_SUNDAY = (0.8, 0.8, 0.9, 1.0, 1.3, 1.9, 0.0)
JANUARY_TO_DECEMBER = (1.1, 1.0, 0.95, 0.9, 0.85, 0.75, 0.65, 0.7, 0.95, 1.1, 1.35, 1.8)


class Hours(NamedTuple):
    """A day's opening hours; its share of the trade is `weight`."""

    opening: datetime
    closing: datetime
    weight: float


def moments(count: int, days: int, now: datetime, random: Random) -> list[datetime]:
    """So many instants in the order of time, in the opening hours of the last days up to now.

    They lie closer together where there is more trade: what happens does not depend on the date, only when.
    """
    open_hours = list(hours(days, now))
    shares = list(accumulate(hours.weight for hours in open_hours))
    found = []
    for number in range(count):
        position = (number + random.random()) / count * shares[-1]
        place = bisect_left(shares, position)
        day = open_hours[place]
        part = 1 - (shares[place] - position) / day.weight
        found.append((day.opening + part * (day.closing - day.opening)).replace(microsecond=0))
    return found


def hours(days: int, now: datetime) -> Iterator[Hours]:
    """Of every day that the shop was open, the last one up to now."""
    for ago in range(days, -1, -1):
        day = now.date() - timedelta(days=ago)
        opening, closing = datetime.combine(day, OPENS), datetime.combine(day, CLOSES)
        so_far = (min(closing, now) - opening) / (closing - opening)
        weight = usual_trade(day) * so_far
        if weight > 0:
            yield Hours(opening, min(closing, now), weight)


def usual_trade(day: date) -> float:
    return MONDAY_TO_SUNDAY[day.weekday()] * JANUARY_TO_DECEMBER[day.month - 1]
