"""Dates as people write them: `2026-12-31`, `31.12.2026`, `31/12/2026`, `12/31/2026`."""

import re
from datetime import date

ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ]00:00(?::00(?:\.0+)?)?)?")
DOTS = re.compile(r"(\d{1,2})\. ?(\d{1,2})\. ?(\d{4})")
# The day or the month is first. A number above 12 in any cell of the column shows which one it is.
SLASHES = re.compile(r"(\d{1,2})[/-](\d{1,2})[/-](\d{4})")


class NotADate(ValueError):
    """The text is not a date."""


class NoSuchDay(NotADate):
    """The text has the form of a date, but the calendar has no such day: 31 February."""


class AmbiguousDate(ValueError):
    """Day and month can be exchanged, and the column does not show which is first."""


def normalize_date(text: str, day_first: bool | None = None) -> str:
    """Return the date in ISO 8601. `day_first` is the order in its column. Raise NotADate or AmbiguousDate."""
    text = text.strip()
    if found := ISO.fullmatch(text):
        return build_date(text, *found.groups())
    if found := DOTS.fullmatch(text):
        return build_date(text, *reversed(found.groups()))
    if not (found := SLASHES.fullmatch(text)):
        raise NotADate(text)
    first, second, year = found.groups()
    order = find_day_first(text)
    if order is None:
        order = day_first
    if order is None and first != second:
        raise AmbiguousDate(text)
    return build_date(text, year, second, first) if order else build_date(text, year, first, second)


def build_date(text: str, year: str, month: str, day: str) -> str:
    """Return the date in ISO 8601. Raise NoSuchDay."""
    try:
        return date(int(year), int(month), int(day)).isoformat()
    except ValueError as error:
        raise NoSuchDay(text) from error


def find_day_first(text: str) -> bool | None:
    """Return whether the day is first in a date with slashes, or None if the date does not show this."""
    found = SLASHES.fullmatch(text.strip())
    if not found:
        return None
    first, second = int(found[1]), int(found[2])
    if first > 12 >= second:
        return True
    return False if second > 12 >= first else None
