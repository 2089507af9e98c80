"""The query parameters of the reports. They are parsed for the SQL statements, and described for the schema."""

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from core.lists.filters import StrictIntegerField
from core.lists.pagination import parse_whole_number
from core.lists.parameter_values import FORMATS, query_choice, query_id_or_name, query_instant, query_value
from core.pages.periods import PERIODS
from core.sentences import fill
from core.time_zones import list_midnights, midnight, subtract_days
from desk.reports import sql_losses
from trade.purchasing.demand import BASES, DEFAULT_COVER, DEFAULT_DAYS, MAX_COVER, MAX_DAYS, MAX_FACTOR, MIN_FACTOR

MAX_DAYS_IDLE = 3660
MARGINS_BY = ("product", "category", "group", "day")
CLOCK_COLUMNS = {"occurred": "occurred_at", "recorded": "created_at"}  # the columns of stock_operation
FACTOR = re.compile(r"[0-9]{1,2}(\.[0-9]{1,2})?", re.ASCII)


def parse_clock(request: Request) -> str:
    """Return the column with the time of the operation that `clock` selects."""
    return CLOCK_COLUMNS[query_choice(request, "clock", CLOCK_COLUMNS)]


def parse_products(request: Request) -> dict[str, Any]:
    """Return the parameters of sql.SELECTED_PRODUCTS. An id of another account matches nothing, as an unknown id."""
    product = query_value(request, "product", StrictIntegerField())
    return {"product": product, **query_id_or_name(request, "category")}


def check_most(name: str, number: int, first: int, last: int) -> None:
    """Raise an error that names the parameter if the number is above the limit."""
    if number > last:
        raise ValidationError({name: [fill("Enter a whole number from {first} to {last}.", first=first, last=last)]})


def parse_rate(request: Request) -> dict[str, Any]:
    """Return the parameters of the rate of the sales that the request has, as make_demand_parameters() takes them."""
    days, cover = parse_whole_number(request, "days"), parse_whole_number(request, "cover", minimum=0)
    check_most("days", days or 1, 1, MAX_DAYS)
    check_most("cover", cover or 0, 0, MAX_COVER)
    found = {"days": days, "cover": cover, "factor": parse_factor(request)}
    basis = query_choice(request, "basis", BASES)
    return {"basis": basis, **{name: number for name, number in found.items() if number is not None}}


def parse_factor(request: Request) -> Decimal | None:
    """Return `factor`, or None without one. A comma is a decimal sign, because people type it."""
    text = request.query_params.get("factor", "").replace(",", ".")
    if not text:
        return None
    if not FACTOR.fullmatch(text) or not MIN_FACTOR <= Decimal(text) <= MAX_FACTOR:
        limits = {"first": MIN_FACTOR, "last": MAX_FACTOR}
        raise ValidationError({"factor": [fill("Enter a number from {first} to {last} with two decimals.", **limits)]})
    return Decimal(text)


def parse_location(request: Request) -> dict[str, Any]:
    """Return the id or the name of a location, or an empty dict without one."""
    location = query_id_or_name(request, "location")
    return {} if set(location.values()) == {None} else location


def find_days(period: str, today: date) -> tuple[date, date]:
    """Return the first day of one of the PERIODS, and the day after its last one. No period ends later than today."""
    tomorrow, month = today + timedelta(days=1), today.replace(day=1)
    last_month = (month - timedelta(days=1)).replace(day=1)
    return {
        "this_month": (month, tomorrow),
        "last_month": (last_month, month),
        "this_year": (month.replace(month=1), tomorrow),
        "last_30_days": (tomorrow - timedelta(days=30), tomorrow),
        "today": (today, tomorrow),
    }[period]


def parse_span(request: Request) -> tuple[datetime | None, datetime | None]:
    """Return `from` and `to`, or the beginning and the end of `period`. What is absent is None."""
    span = query_instant(request, "from"), query_instant(request, "to")
    if not request.query_params.get("period"):
        return span
    period = query_choice(request, "period", PERIODS)
    if span != (None, None):
        raise ValidationError({"period": [_("Choose either a period, or from and to.")]})
    user: Any = request.user
    first, end = find_days(period, user.shop_today())
    return midnight(first, user.shop_zone), midnight(end, user.shop_zone)


def parse_period(request: Request) -> dict[str, Any]:
    """Return start (inclusive) and end (exclusive), and the shop's days between them.

    The default is the last DEFAULT_DAYS, including today.
    """
    user: Any = request.user
    zone = user.shop_zone
    start, end = parse_span(request)
    end = end or midnight(user.shop_today() + timedelta(days=1), zone)
    start = start or subtract_days(end, DEFAULT_DAYS, zone)
    if end <= start:
        raise ValidationError({"to": [_("This must be later than from.")]})
    if start < subtract_days(end, MAX_DAYS, zone):
        said = fill("The period is too long. Choose from and to at most {limit} days apart.", limit=MAX_DAYS)
        raise ValidationError({"from": [said]})
    first_day, midnights = list_midnights(start, end, zone)
    return {"start": start, "end": end, "first_day": first_day, "midnights": midnights}


def parse_days_and_products(request: Request) -> dict[str, Any]:
    """Return the current time, the instant that is `days` ago, and the products."""
    days = parse_whole_number(request, "days") or DEFAULT_DAYS
    check_most("days", days, 1, MAX_DAYS_IDLE)
    now = datetime.now(UTC)
    return {"now": now, "instant": now - timedelta(days=days), **parse_products(request)}


# --- Descriptions for the schema --------------------------------------------------------------------------------


def describe_days(description: str, max_days: int = MAX_DAYS_IDLE) -> OpenApiParameter:
    whole = {"type": "integer", "minimum": 1, "maximum": max_days, "default": DEFAULT_DAYS}
    return OpenApiParameter("days", whole, description=description)


RATE = [
    describe_days("The rate is that of the sales of this number of days. Ignored with `basis=year_ago`.", MAX_DAYS),
    OpenApiParameter(
        "cover",
        {"type": "integer", "minimum": 0, "maximum": MAX_COVER, "default": DEFAULT_COVER},
        description="The number of days that a delivery is to last.",
    ),
    OpenApiParameter(
        "basis", enum=BASES,
        description="The last sales, or those of the next `lead_days` + `cover` days, 365 days earlier.",
    ),
    OpenApiParameter(
        "factor",
        {"type": "number", "minimum": float(MIN_FACTOR), "maximum": float(MAX_FACTOR), "default": 1},
        description="The rate is multiplied by this, which has up to two decimals: 1.20 for a fifth more.",
    ),
]  # fmt: skip
SUPPLIER = OpenApiParameter("supplier", OpenApiTypes.STR, description="Id or name of a supplier, ignoring case")
BY = OpenApiParameter("by", enum=MARGINS_BY, description="What a row is about. By default a product.")
LOSSES_BY = OpenApiParameter("by", enum=sql_losses.BY, description="What a row is about. By default a window.")
FORMAT = OpenApiParameter("format", enum=FORMATS, description="By default JSON.")
A_DATE = "A date means its beginning in the shop's time zone."
CLOCK = OpenApiParameter(
    "clock", enum=list(CLOCK_COLUMNS), description="The time that counts: of happening, or of recording."
)
LOCATION = OpenApiParameter(
    "location", OpenApiTypes.STR, description="Id or name of a location, ignoring case: only what lay there."
)
AS_OF = OpenApiParameter("as_of", OpenApiTypes.DATETIME, description=f"The instant; by default now. {A_DATE}")
NAMED_PERIOD = OpenApiParameter(
    "period", enum=list(PERIODS), description="Days of the shop, up to today. Instead of from and to."
)
PERIOD = [
    NAMED_PERIOD,
    OpenApiParameter(
        "from", OpenApiTypes.DATETIME, description=f"Then or later; by default {DEFAULT_DAYS} days before to."
    ),
    OpenApiParameter(
        "to", OpenApiTypes.DATETIME, description=f"Earlier than this; by default the end of today. {A_DATE}"
    ),
]
PRODUCTS = [
    OpenApiParameter("product", {"type": "integer", "minimum": 0}, description="Id of a product"),
    OpenApiParameter("category", OpenApiTypes.STR, description="Id or name, ignoring case"),
]
