"""What is sold per day: the parameters of DEMAND in trade/purchasing/sql.py, from which orders are suggested."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from core.time_zones import midnight
from suppliers.models import DEFAULT_LEAD_DAYS
from users.models import User

# The days of sales from which the rate is computed; the report of movements has the same limits.
DEFAULT_DAYS, MAX_DAYS = 30, 366
DEFAULT_COVER, MAX_COVER = 14, 366  # the days that a delivery is to last
MAX_DAYS_AHEAD = 36_500  # `order_by` and `runs_out_on` are null for later dates
LAST, YEAR_AGO = BASES = ("last", "year_ago")
DAYS_OF_A_YEAR = 365  # The window of `year_ago` begins this number of days ago, and ends today at the latest.
DEFAULT_FACTOR, MIN_FACTOR, MAX_FACTOR = Decimal("1.00"), Decimal("0.10"), Decimal("10.00")
RATE_FIELDS = ("days", "cover", "basis", "factor")
SUGGESTION_FIELDS = (*RATE_FIELDS, "choose")


def make_demand_parameters(
    user: User,
    *,
    days: int = DEFAULT_DAYS,
    cover: int = DEFAULT_COVER,
    basis: str = LAST,
    factor: Decimal = DEFAULT_FACTOR,
) -> dict[str, Any]:
    """Return the parameters of DEMAND, and those of the dates that are computed from the rate.

    With the basis `last`, the sales of the last `days` times 24 hours count, and stock on the last `days` days of the
    shop, of which today is the last one. With `year_ago`, the window has the days until a delivery and the days that it
    is to last, counted from today and 365 days earlier, and `days` is ignored.
    """
    today, is_last = user.shop_today(), basis == LAST
    first = today - timedelta(days=days - 1 if is_last else DAYS_OF_A_YEAR)
    midnights = list_beginnings(first, today, user.shop_zone)
    return {
        "owner": user.account_id,
        "days": days if is_last else None,
        "cover": cover,
        "basis": basis,
        "factor": factor,
        "start": datetime.now(UTC) - timedelta(days=days) if is_last else midnights[0],
        "first_day": first,
        "midnights": midnights,
        "most_days": DAYS_OF_A_YEAR,
        "today": today,
        "default_lead_days": DEFAULT_LEAD_DAYS,
        "most_days_ahead": MAX_DAYS_AHEAD,
    }


def list_beginnings(first: date, last: date, zone: str) -> list[datetime]:
    """Return the beginning of each day from the first to the last one in the time zone."""
    return [midnight(first + timedelta(days=number), zone) for number in range((last - first).days + 1)]
