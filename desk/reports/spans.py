"""Sums of reports by parts of a period, for the cards of pages."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

from desk.reports.margins import build_margins
from desk.reports.reading.statement import Statement
from desk.reports.report import Values
from desk.reports.sales import TAKINGS
from users.models import User

MARGINS = build_margins("day")
NOTHING = Decimal(0)
NUMBERED_FROM = date(2000, 1, 1)  # the day that stands for the first part


def read_takings(user: User, beginnings: Sequence[datetime], end: datetime) -> list[Values]:
    """Return the number of sales and what was taken less what came back, for each part of a period."""
    found = read_parts(TAKINGS, user, beginnings, end)
    return [{"sales": part.get("sales", 0), "revenue": part.get("revenue", NOTHING)} for part in found]


def read_parts(text: str, user: User, beginnings: Sequence[datetime], end: datetime) -> list[Values]:
    """Return the row of a statement by day for each part of a period, or an empty dict for a part without a row.

    A part ends where the next one begins: the statement takes the beginnings in place of midnights.
    """
    days = {"start": beginnings[0], "end": end, "first_day": NUMBERED_FROM, "midnights": list(beginnings)}
    rows = Statement(text, {"owner": user.account_id, **days}).fetch_rows(len(beginnings))
    found = {(row["day"] - NUMBERED_FROM).days: row for row in rows}
    return [found.get(number, {}) for number in range(len(beginnings))]
