"""Dates as people write them: `2026-12-31`, `31.12.2026`, `12/31/2026`, `12/2026`, `31-Dec-26`, `31 décembre`."""

import re
from calendar import monthrange
from datetime import date
from functools import cache

from babel import Locale
from django.utils import timezone

from core.texts import folding

# The languages in which the names of columns are known, and other languages of files.
LANGUAGES = (
    "en", "de", "fr", "es", "it", "pt", "nl", "pl", "cs", "sk", "hu", "ro", "ru", "uk", "bg", "el", "tr", "sv", "da",
    "nb", "fi", "hr", "sl", "lt", "lv", "et", "ca",
)  # fmt: skip


OTHER_NAMES = {"mrz": 3}  # abbreviations of spreadsheets that the library lacks


def find_month(name: str) -> int | None:
    """Return the number of the month with this name in any of the languages, or None."""
    return list_months().get(fold(name))


@cache
def list_months() -> dict[str, int]:
    """Return the months by their names and usual abbreviations. Names of two months (`listopad`) are left out."""
    found: dict[str, set[int]] = {name: {number} for name, number in OTHER_NAMES.items()}
    for language in LANGUAGES:
        for names in Locale(language).months.values():
            for number, name in (*names["wide"].items(), *names["abbreviated"].items()):
                found.setdefault(fold(name), set()).add(number)
    return {name: numbers.pop() for name, numbers in found.items() if len(numbers) == 1}


def fold(name: str) -> str:
    """Return the name without case, accents and signs."""
    return "".join(filter(str.isalpha, folding.fold(name)))


MAX_LENGTH = 40
ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
YEAR_FIRST = re.compile(r"(\d{4})([/.])(\d{1,2})\2(\d{1,2})")
DOTS = re.compile(r"(\d{1,2})\. ?(\d{1,2})\. ?(\d{4}|\d{2})")
# The day or the month is first. A number above 12 in any cell of the column shows which one it is.
SLASHES = re.compile(r"(\d{1,2})[/-](\d{1,2})[/-](\d{4})")
TIME = re.compile(
    r"(?:T|,? )\s*(\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?(?: ?[ap]\.?m\.?)?)( ?(?:Z|UTC|[+-]\d{2}:?\d{2}))?$",
    re.IGNORECASE,
)
MIDNIGHT = re.compile(r"0{1,2}:00(?::00(?:[.,]0+)?)?|12:00(?::00)? ?a\.?m\.?", re.IGNORECASE)
MONTH = re.compile(r"(?P<month>\d{1,2})[/.-](?P<year>\d{4})|(\d{4})[/.-](\d{1,2})")  # the last day of the month
# These match dates with the name of a month: `31-Jan-27`, `31. Januar 2027`, `31 de enero de 2027`, `Jan 31, 2027`,
# `Jan 2027`.
SIGNS = r"(?:[ ./-]| de )*"
NAMED = re.compile(rf"(\d{{1,2}})?{SIGNS}([^\W\d_]{{3,12}})[.]?{SIGNS}(\d{{4}}|\d{{2}})?")
NAME_FIRST = re.compile(r"([^\W\d_]{3,12})[.]? (\d{1,2}),? (\d{4})")
CENTURY = "20"


class NotADate(ValueError):
    """The text is not a date."""


class NoSuchDay(NotADate):
    """The text has the form of a date, but the calendar has no such day: 31 February."""


class HasTime(NotADate):
    """The text is a date with a time of day, such as `2026-12-31 14:30`."""


class AmbiguousDate(ValueError):
    """Day and month can be exchanged, and the column does not show which is first."""


def normalize_date(text: str, day_first: bool | None = None) -> str:
    """Return the date in ISO 8601. `day_first` is the order in its column. Raise NotADate or AmbiguousDate.

    A month without a day means its last day. A time of day after a date is HasTime, unless it is midnight.
    """
    text = text.strip()
    if len(text) > MAX_LENGTH:
        raise NotADate(text)
    day, time = split_time(text)
    if time:
        if is_midnight(time):
            return normalize_date(day, day_first)
        normalize_date(day, day_first=True)
        raise HasTime(text)
    if found := ISO.fullmatch(text):
        return build_date(text, *found.groups())
    if found := YEAR_FIRST.fullmatch(text):
        return build_date(text, found[1], found[3], found[4])
    if found := DOTS.fullmatch(text):
        return build_date(text, found[3], found[2], found[1])
    if not (found := SLASHES.fullmatch(text)):
        return normalize_month(text)
    first, second, year = found.groups()
    order = find_day_first(text)
    if order is None:
        order = day_first
    if order is None and first != second:
        raise AmbiguousDate(text)
    return build_date(text, year, second, first) if order else build_date(text, year, first, second)


def normalize_month(text: str) -> str:
    """Return the date of a month in numbers, or of a text with the name of a month. Raise NotADate."""
    if found := MONTH.fullmatch(text):
        return build_date(text, found["year"] or found[3], found["month"] or found[4], "")
    if found := NAME_FIRST.fullmatch(text):
        name, day, year = found.groups()
    elif found := NAMED.fullmatch(text):
        day, name, year = found.groups()
    else:
        raise NotADate(text)
    if not (number := find_month(name)) or not (day or year):
        raise NotADate(text)
    return build_date(text, year or find_next_year(number, int(day)), str(number), day or "")


def find_next_year(month: int, day: int) -> str:
    """Return the year of the next date with this day and month. A spreadsheet may show a date without its year."""
    today = timezone.localdate()
    return str(today.year + ((month, day) < (today.month, today.day)))


def split_time(text: str) -> tuple[str, str]:
    """Return the text without the time of day at its end, and this time, which is empty if there is none."""
    found = TIME.search(text)
    return (text[: found.start()].strip(), text[found.start() :]) if found else (text, "")


def is_midnight(time: str) -> bool:
    """Return whether a time that `split_time()` has returned is midnight in no stated zone. Spreadsheets add it."""
    found = TIME.fullmatch(time)
    return bool(found and not found[2] and MIDNIGHT.fullmatch(found[1]))


def build_date(text: str, year: str, month: str, day: str) -> str:
    """Return the date in ISO 8601. Without a day, it is the last day of the month. Raise NoSuchDay."""
    full_year = int(year if len(year) == 4 else CENTURY + year)
    try:
        return date(full_year, int(month), int(day or monthrange(full_year, int(month))[1])).isoformat()
    except ValueError as error:
        raise NoSuchDay(text) from error


def is_ambiguous_date(text: str) -> bool:
    """Return whether the first number of a date may be the day or the month."""
    found = find_slashes(text)
    return found is not None and found[1] != found[2] and find_day_first(text) is None


def find_slashes(text: str) -> re.Match[str] | None:
    text = text.strip()
    return SLASHES.fullmatch(split_time(text)[0]) if len(text) <= MAX_LENGTH else None


def find_day_first(text: str) -> bool | None:
    """Return whether the day is first in a date with slashes, or None if the date does not show this."""
    if not (found := find_slashes(text)):
        return None
    first, second = int(found[1]), int(found[2])
    if first > 12 >= second:
        return True
    return False if second > 12 >= first else None
