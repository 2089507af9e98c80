"""Time zones from the package `tzdata` only, so that names and rules do not depend on the machine or on PostgreSQL."""

import functools
import re
from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta
from importlib.resources import files
from itertools import chain, groupby
from zoneinfo import ZoneInfo

DEFAULT_ZONE = "UTC"
MIN_INSTANT = datetime(2000, 1, 1, tzinfo=UTC)
MAX_INSTANT = datetime(2200, 1, 1, tzinfo=UTC)
MOMENT = timedelta(microseconds=1)  # the resolution of PostgreSQL's times
HALF_HOUR = timedelta(minutes=30)
LOCAL_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?", re.ASCII)
NO_ZONES = {"Factory"}  # the zone of a computer whose time zone has not been set


@functools.cache
def list_zones() -> tuple[str, ...]:
    return tuple(sorted({*files("tzdata").joinpath("zones").read_text().split()} - NO_ZONES))


class NamedZone(ZoneInfo):
    """A time zone whose times show "Europe/Berlin" as its name, not "CET"."""

    def tzname(self, moment: datetime | None, /) -> str:
        return self.key


@functools.cache
def get_zone(name: str) -> NamedZone:
    """Return the time zone of this name, which must be one of `list_zones()`."""
    with files("tzdata").joinpath("zoneinfo", *name.split("/")).open("rb") as file:
        return NamedZone.from_file(file, key=name)


def today(zone: str = DEFAULT_ZONE) -> date:
    return datetime.now(get_zone(zone)).date()


def midnight(day: date, zone: str) -> datetime:
    """Return the beginning of the day in the time zone, as a time in UTC."""
    return datetime.combine(day, time(), get_zone(zone)).astimezone(UTC)


def begins_day(local: datetime) -> bool:
    """Return whether a day begins at this time of a zone: at 0:00, or at 1:00 if the clocks skip the first hour."""
    return local.astimezone(UTC) == datetime.combine(local.date(), time(), local.tzinfo).astimezone(UTC)


def add_offset(text: str, zone: str) -> str:
    """Return a time from a page's picker with the offset of the zone added. Return other texts unchanged."""
    if LOCAL_TIME.fullmatch(text):
        with suppress(ValueError):
            return datetime.fromisoformat(text).replace(tzinfo=get_zone(zone)).isoformat()
    return text


def subtract_days(moment: datetime, days: int, zone: str) -> datetime:
    """Return the instant this number of days earlier with the same time of day in the zone. The result is in UTC."""
    return (moment.astimezone(get_zone(zone)) - timedelta(days=days)).astimezone(UTC)


def list_changes(start: datetime, end: datetime, zone: str) -> list[datetime]:
    """Return the start and the later instants of the period, from which the zone has other offsets from UTC.

    All rules of today change an offset at a whole or a half hour in UTC.
    """
    hour = start.replace(minute=0, second=0, microsecond=0)
    later = (hour + HALF_HOUR * number for number in range(1, -((hour - end) // HALF_HOUR)))
    moments = (moment.astimezone(get_zone(zone)) for moment in chain([start], later))
    return [next(same) for _offset, same in groupby(moments, datetime.utcoffset)]


def list_midnights(start: datetime, end: datetime, zone: str) -> tuple[date, list[datetime]]:
    """Return the first of the days in the zone that overlap the period, and the beginning of each of these days."""
    first, last = (moment.astimezone(get_zone(zone)).date() for moment in (start, end))
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    return first, [midnight(day, zone) for day in days]
