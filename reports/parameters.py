"""What a report is asked about: the query's parameters, as its statement takes them and as the schema shows them."""

from datetime import UTC, datetime, time, timedelta
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from core.filters import StrictIntegerField, StrictTextField
from core.pagination import parse_whole_number
from core.query_parameters import FORMATS, query_choice, query_instant, query_value
from products.filters import parse_category
from products.querysets import today

DAYS = 30  # that a report looks back, unless it is told otherwise
MAX_DAYS = 366  # of movements, a row for each product on each of them; and of sales that make a rate
MAX_DAYS_IDLE = 3660
CLOCK_COLUMNS = {"occurred": "occurred_at", "recorded": "created_at"}  # of an operation


def clock_column(request: Request) -> str:
    """The operation's time that the report goes by."""
    return CLOCK_COLUMNS[query_choice(request, "clock", CLOCK_COLUMNS)]


def chosen_products(request: Request) -> dict[str, Any]:
    """Which products the report is about. Another account's id finds nothing, like one that nobody has."""
    category = query_value(request, "category", StrictTextField(max_length=255))
    key = parse_category(category) if category else None
    return {
        "product": query_value(request, "product", StrictIntegerField()),
        "category": key if isinstance(key, int) else None,
        "category_name": key if isinstance(key, str) else None,
    }


def period(request: Request) -> dict[str, datetime]:
    """From inclusive to exclusive; by default the last DAYS, today among them."""
    end = query_instant(request, "to") or datetime.combine(today(), time(), UTC) + timedelta(days=1)
    start = query_instant(request, "from") or end - timedelta(days=DAYS)
    if end <= start:
        raise ValidationError({"to": ["This is not after from."]})
    if end - start > timedelta(days=MAX_DAYS):
        raise ValidationError({"from": [f"Ask for {MAX_DAYS} days at most, with from and to."]})
    return {"start": start, "end": end}


def days_back(request: Request, most: int) -> dict[str, Any]:
    """So many days, the present instant and the one that they begin with."""
    days = parse_whole_number(request, "days") or DAYS
    if days > most:
        raise ValidationError({"days": [f"Enter a whole number from 1 to {most}."]})
    now = datetime.now(UTC)
    return {"days": days, "now": now, "instant": now - timedelta(days=days), "today": today()}


# --- The same for the schema --------------------------------------------------------------------------------


def days_parameter(most: int, description: str) -> OpenApiParameter:
    whole = {"type": "integer", "minimum": 1, "maximum": most, "default": DAYS}
    return OpenApiParameter("days", whole, description=description)


FORMAT = OpenApiParameter("format", enum=FORMATS, description="JSON unless it is csv.")
CLOCK = OpenApiParameter("clock", enum=list(CLOCK_COLUMNS), description="When things happened, or were recorded.")
AS_OF = OpenApiParameter("as_of", OpenApiTypes.DATETIME, description="The instant; by default now.")
PERIOD = [
    OpenApiParameter("from", OpenApiTypes.DATETIME, description=f"Then or later; by default {DAYS} days before `to`."),
    OpenApiParameter("to", OpenApiTypes.DATETIME, description="Earlier than this; by default the end of today."),
]
PRODUCTS = [
    OpenApiParameter("product", {"type": "integer", "minimum": 0}, description="Id of a product"),
    OpenApiParameter("category", OpenApiTypes.STR, description="Id or name, ignoring case"),
]
