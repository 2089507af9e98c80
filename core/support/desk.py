"""How the support desk writes times: in the zone of the account that a page shows."""

from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import lazy

from core.formats.en.formats import MINUTE_FORMAT
from core.time_zones import get_zone


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
