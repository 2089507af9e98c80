"""How pages write what the history has recorded of prices."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from django.utils.formats import date_format

from core.pages.columns import Row
from core.sentences import fill
from core.translation import gettext_noop as _


def write_row(row: Row) -> str:
    """Return a price in words, such as "8.50 from 12 (Regulars, 01/12/2030-24/12/2030)"."""
    price = fill("{price:,.2f}", price=Decimal(row["price"]))
    said = price if row["from"] is None else fill(_("{price} from {number:,}"), price=price, number=row["from"])
    terms = ", ".join(list_terms(row))
    return f"{said} ({terms})" if terms else said


def list_terms(row: Row) -> Iterator[str]:
    """Yield the group and the days of the price."""
    if row["group"]:
        yield row["group"]
    both = row["starts_on"], row["ends_on"]
    days = [date_format(date.fromisoformat(day), "SHORT_DATE_FORMAT") if day else "" for day in both]
    if any(days):
        yield " \N{EN DASH} ".join(days).strip()
