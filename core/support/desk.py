"""How the support desk lists the rows of a model, and writes times in the zone of the account that a page shows."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import lazy

from core.formats.en.formats import MINUTE_FORMAT
from core.time_zones import get_zone


@dataclass(frozen=True)
class Desk:
    """The titles of a model's rows on the pages of the support desk. `desk/support/order.py` lists the model."""

    title: str = ""  # the title of the list; the default is the plural name of the model
    of_account: bool = False  # whether the page of an account links to the list
    counted: str = ""  # the title of the rows from select_counted() on the page of an account; empty to count none
    found: str = ""  # the title of the rows from find() in the search; empty to search none


def use_zone_of(account: Any) -> None:
    """Make templates write times in the zone of the user's shop, if there is a user, until ResetContext ends it."""
    if account is not None:
        timezone.activate(get_zone(account.shop_zone))


def name_in_zone(name: str) -> str:
    """Return the name of a column of times with its time zone: "booked (Europe/Berlin)"."""
    return f"{name} ({timezone.get_current_timezone_name()})"


name_in_zone_later = lazy(name_in_zone, str)  # the result is computed when it is shown, in the zone of that request


def format_minute(moment: datetime) -> str:
    """Return a time for a column that names the time zone: "21 Nov 2026, 09:14"."""
    return date_format(timezone.localtime(moment), MINUTE_FORMAT)


def format_moment(moment: datetime) -> str:
    """Return a time with its time zone: "21 Nov 2026, 09:14 Europe/Berlin"."""
    return date_format(timezone.localtime(moment), "DATETIME_FORMAT")
