"""Sums of reports by parts of a period, for the cards of pages, and the periods with which others are compared."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from desk.reports.margins import build_margins
from desk.reports.reading.statement import Statement
from desk.reports.report import Values
from desk.reports.sales import build_sales
from users.models import User

SALES, MARGINS = build_sales("day"), build_margins("day")
NO_FILTERS = dict.fromkeys(("till", "user", "customer", "reference", "product"))
NUMBERED_FROM = date(2000, 1, 1)  # the day that stands for the first part
DAYS_OF_WEEK, MOST_DAYS_OF_MONTH = 7, 31


def read_parts(text: str, user: User, beginnings: Sequence[datetime], end: datetime) -> list[Values]:
    """Return the row of a statement by day for each part of a period, or an empty dict for a part without a row.

    A part ends where the next one begins: the statement takes the beginnings in place of midnights.
    """
    days = {"start": beginnings[0], "end": end, "first_day": NUMBERED_FROM, "midnights": list(beginnings)}
    rows = Statement(text, {**NO_FILTERS, "owner": user.account_id, **days}).fetch_rows(len(beginnings))
    found = {(row["day"] - NUMBERED_FROM).days: row for row in rows}
    return [found.get(number, {}) for number in range(len(beginnings))]


def find_days_before(first: date, end: date) -> tuple[date, date]:
    """Return the days with which those from `first` until the day before `end` are compared, in the same form.

    A day is compared with that of the week before, a month or its beginning with the month before, a year with the year
    before, and other days with as many days before them.
    """
    number = (end - first).days
    if number == 1:
        return first - timedelta(days=DAYS_OF_WEEK), end - timedelta(days=DAYS_OF_WEEK)
    if first.day == 1 and number <= MOST_DAYS_OF_MONTH:
        month = (first - timedelta(days=1)).replace(day=1)
        return month, first if end.day == 1 else min(month + timedelta(days=number), first)
    if first.day == 1 and first.month == 1:
        year = first.replace(year=first.year - 1)
        return year, first if end == first.replace(year=first.year + 1) else min(year + timedelta(days=number), first)
    return first - timedelta(days=number), first
