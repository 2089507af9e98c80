"""Sums of reports by parts of a period, for the cards of pages."""

from collections.abc import Sequence
from datetime import date, datetime

from desk.reports.margins import build_margins
from desk.reports.reading.statement import Statement
from desk.reports.report import Values
from desk.reports.sales import build_sales
from users.models import User

SALES, MARGINS = build_sales("day", is_filtered=False), build_margins("day")
NUMBERED_FROM = date(2000, 1, 1)  # the day that stands for the first part


def read_parts(text: str, user: User, beginnings: Sequence[datetime], end: datetime) -> list[Values]:
    """Return the row of a statement by day for each part of a period, or an empty dict for a part without a row.

    A part ends where the next one begins: the statement takes the beginnings in place of midnights.
    """
    days = {"start": beginnings[0], "end": end, "first_day": NUMBERED_FROM, "midnights": list(beginnings)}
    rows = Statement(text, {"owner": user.account_id, **days}).fetch_rows(len(beginnings))
    found = {(row["day"] - NUMBERED_FROM).days: row for row in rows}
    return [found.get(number, {}) for number in range(len(beginnings))]
