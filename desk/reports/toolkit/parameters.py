"""The query parameters of the reports: how they are read, what the schema says of them, and their fields on pages."""

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from core.lists.filters import StrictIntegerField
from core.lists.pagination import parse_whole_number
from core.lists.parameters import query_choice, query_id_or_name, query_instant, query_value
from core.pages import parameters
from core.pages.periods import PERIODS
from core.sentences import fill
from core.time_zones import begins_day, get_zone, list_midnights, midnight, subtract_days
from core.translation import gettext_noop as _
from products.look_ups import CATEGORIES
from stock.places.look_ups import LOCATIONS
from suppliers.look_ups import SUPPLIERS
from trade.purchasing.demand import (
    BASES,
    DEFAULT_COVER,
    DEFAULT_DAYS,
    MAX_COVER,
    MAX_DAYS,
    MAX_FACTOR,
    MIN_FACTOR,
    make_demand_parameters,
)

MAX_DAYS_IDLE = 3660
CLOCK_COLUMNS = {"occurred": "occurred_at", "recorded": "created_at"}  # the columns of stock_operation
# The number of months by which the period before one of these begins earlier.
MONTHS = {"this_month": 1, "last_month": 1, "this_year": 12}
DEFAULT_PERIOD = f"last_{DEFAULT_DAYS}_days"
FACTOR = re.compile(r"[0-9]{1,2}(\.[0-9]{1,2})?", re.ASCII)


@dataclass(frozen=True)
class Parameter(parameters.Parameter):
    """A query parameter of a report. The other attributes are those of its field in the form of the page."""

    about: str = ""  # its description in the schema
    schema: Any = str
    is_shown: bool = True  # whether the form of the page has it
    # Returns the values for the statement, or raises ValidationError. One of several parameters may read all of them.
    parse: Callable[[Request], dict[str, Any]] = lambda _request: {}

    def describe(self) -> OpenApiParameter:
        """Return the description for the schema."""
        codes = [code for code, _words in self.choices if code and self.schema is str]
        return OpenApiParameter(self.name, self.schema, enum=codes or None, description=self.about)


def parse_products(request: Request) -> dict[str, Any]:
    """Return the parameters of sql.SELECTED_PRODUCTS. An id of another account matches nothing, as an unknown id."""
    product = query_value(request, "product", StrictIntegerField())
    return {"product": product, **query_id_or_name(request, "category")}


def check_most(name: str, number: int, first: int, last: int) -> None:
    """Raise an error that names the parameter if the number is above the limit."""
    if number > last:
        raise ValidationError({name: [fill("Enter a whole number from {first} to {last}.", first=first, last=last)]})


def parse_rate(request: Request) -> dict[str, Any]:
    """Return the parameters of trade.purchasing.sql.DEMAND, for the rate of the sales that the request has."""
    user: Any = request.user
    days, cover = parse_whole_number(request, "days"), parse_whole_number(request, "cover", minimum=0)
    check_most("days", days or 1, 1, MAX_DAYS)
    check_most("cover", cover or 0, 0, MAX_COVER)
    found = {"days": days, "cover": cover, "factor": parse_factor(request)}
    given = {name: number for name, number in found.items() if number is not None}
    return make_demand_parameters(user, basis=query_choice(request, "basis", BASES), **given)  # type: ignore[arg-type]


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
        "last_90_days": (tomorrow - timedelta(days=90), tomorrow),
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
        raise ValidationError({"period": [gettext("Choose either a period, or from and to.")]})
    user: Any = request.user
    first, end = find_days(period, user.shop_today())
    return midnight(first, user.shop_zone), midnight(end, user.shop_zone)


def find_period_before(start: datetime, end: datetime, zone: str, months: int = 0) -> tuple[datetime, datetime]:
    """Return the start and the end of the period with which the period from `start` to `end` is compared.

    It is earlier by `months`. Without them, it is earlier by the length of the period, in months if the period has only
    whole months, or else in days. An end in the future counts as now, so that both periods have the same length.
    """
    first, last = (moment.astimezone(get_zone(zone)) for moment in (start, end))
    is_whole = all(moment.day == 1 and begins_day(moment) for moment in (first, last))
    months = months or (is_whole and (last.year - first.year) * 12 + last.month - first.month) or 0
    until = min(end, datetime.now(UTC))
    if not months:
        days = -(-(end - start) // timedelta(days=1))
        return subtract_days(start, days, zone), min(subtract_days(until, days, zone), start)
    return subtract_months(start, months, zone), min(subtract_months(until, months, zone), start)


def subtract_months(moment: datetime, months: int, zone: str) -> datetime:
    """Return the same day and time this number of months earlier, or the end of that month if it is shorter."""
    local = moment.astimezone(get_zone(zone))
    year, month = divmod(local.year * 12 + local.month - 1 - months, 12)
    with suppress(ValueError):
        return local.replace(year=year, month=month + 1).astimezone(UTC)
    return midnight((date(year, month + 1, 1) + timedelta(days=31)).replace(day=1), zone)


def parse_period(request: Request) -> dict[str, Any]:
    """Return start (inclusive) and end (exclusive), the shop's days between them, and the period before.

    The default is the last DEFAULT_DAYS, including today.
    """
    user: Any = request.user
    zone = user.shop_zone
    start, end = parse_span(request)
    end = end or midnight(user.shop_today() + timedelta(days=1), zone)
    start = start or subtract_days(end, DEFAULT_DAYS, zone)
    if end <= start:
        raise ValidationError({"to": [gettext("This must be later than from.")]})
    if start < subtract_days(end, MAX_DAYS, zone):
        said = fill("The period is too long. Choose from and to at most {limit} days apart.", limit=MAX_DAYS)
        raise ValidationError({"from": [said]})
    before = find_period_before(start, end, zone, MONTHS.get(request.query_params.get("period", ""), 0))
    return {**make_span(start, end, zone), "before": make_span(*before, zone)}


def make_span(start: datetime, end: datetime, zone: str) -> dict[str, Any]:
    first_day, midnights = list_midnights(start, end, zone)
    return {"start": start, "end": end, "first_day": first_day, "midnights": midnights}


def parse_days(request: Request) -> dict[str, Any]:
    """Return the current time, and the instant that is `days` ago."""
    days = parse_whole_number(request, "days") or DEFAULT_DAYS
    check_most("days", days, 1, MAX_DAYS_IDLE)
    now = datetime.now(UTC)
    return {"now": now, "instant": now - timedelta(days=days)}


# --- The parameters -------------------------------------------------------------------------------

A_DATE = "A date means its beginning in the shop's time zone."


def make_period(parse: Callable[[Request], dict[str, Any]], beginning: str, end: str) -> tuple[Parameter, ...]:
    """Return `period`, `from` and `to`. The texts describe the last two."""
    days, moment = (("", _("Other days")), *PERIODS.items()), OpenApiTypes.DATETIME
    return (
        Parameter(
            "period", choices=days, about="Days of the shop, up to today. Instead of from and to.", parse=parse
        ),
        Parameter("from", kind="date", hint="This day and later.", schema=moment, about=beginning),
        Parameter("to", kind="date", schema=moment, about=end),
    )  # fmt: skip


PERIOD = make_period(
    parse_period,
    f"Then or later; by default {DEFAULT_DAYS} days before to.",
    f"Earlier than this; by default the end of today. {A_DATE}",
)
RECORDED = make_period(lambda _request: {}, "Recorded then or later.", "Recorded earlier than this.")
AS_OF = Parameter(
    "as_of", "As of", kind="date", schema=OpenApiTypes.DATETIME, about=f"The instant; by default now. {A_DATE}",
    parse=lambda request: {"at": query_instant(request, "as_of") or datetime.now(UTC)},
)  # fmt: skip
CLOCK = Parameter(
    "clock", "Time that counts", is_rare=True,
    choices=(("occurred", _("when it happened")), ("recorded", _("when it was recorded"))),
    hint="Sales can be recorded later than they were made.",
    about="The time that counts: of happening, or of recording.",
    parse=lambda request: {"clock": CLOCK_COLUMNS[query_choice(request, "clock", CLOCK_COLUMNS)]},
)  # fmt: skip
CATEGORY = Parameter("category", look_up=CATEGORIES, about="Id or name, ignoring case", parse=parse_products)
PRODUCT = Parameter("product", schema={"type": "integer", "minimum": 0}, about="Id of a product", is_shown=False)
PRODUCTS = (PRODUCT, CATEGORY)
LOCATION = Parameter(
    "location", look_up=LOCATIONS, hint="What lay there.", parse=parse_location,
    about="Id or name of a location, ignoring case: only what lay there.",
)  # fmt: skip
SUPPLIER = Parameter(
    "supplier", look_up=SUPPLIERS, about="Id or name of a supplier, ignoring case",
    parse=lambda request: query_id_or_name(request, "supplier", SUPPLIERS.follow),
)  # fmt: skip


def group_by(about: str, kinds: Mapping[str, str]) -> Parameter:
    """Return the parameter `by`. `kinds` are the kinds of rows, with the words for them on the page."""
    return Parameter("by", "Grouped by", choices=tuple(kinds.items()), about=about,
                     parse=lambda request: {"by": query_choice(request, "by", kinds)})  # fmt: skip


def make_days(label: str, about: str, most: int = MAX_DAYS_IDLE, **options: Any) -> Parameter:
    schema = {"type": "integer", "minimum": 1, "maximum": most, "default": DEFAULT_DAYS}
    return Parameter("days", label, hint="By default 30.", schema=schema, about=about, **options)


RATE = (
    make_days(
        _("Days of sales"), "The rate is that of the sales of this number of days. Ignored with `basis=year_ago`.",
        MAX_DAYS, parse=parse_rate,
    ),
    Parameter(
        "cover", "Days to cover", hint="How many days a delivery is to last. By default 14.",
        schema={"type": "integer", "minimum": 0, "maximum": MAX_COVER, "default": DEFAULT_COVER},
        about="The number of days that a delivery is to last.",
    ),
    Parameter(
        "basis", "Sales of", choices=(("last", _("the last days")), ("year_ago", _("the same season a year ago"))),
        hint="A year ago: as many days as the delivery takes and is to last.",
        about="The last sales, or those of the next `lead_days` + `cover` days, 365 days earlier.",
    ),
    Parameter(
        "factor", "Sales times", is_numeric=True, hint="For instance 1.20 for a fifth more. By default 1.",
        schema={"type": "number", "minimum": float(MIN_FACTOR), "maximum": float(MAX_FACTOR), "default": 1},
        about="The rate is multiplied by this, which has up to two decimals: 1.20 for a fifth more.",
    ),
)  # fmt: skip
