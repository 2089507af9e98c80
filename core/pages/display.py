"""How the pages write numbers, money, times and dates: in the shop's time zone, with its currency."""

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.dateparse import parse_date, parse_datetime

NONE = "–"


@dataclass(frozen=True)
class Display:
    """The settings of the shop whose page it is."""

    time_zone: str = "UTC"
    currency: str = ""

    @classmethod
    def of(cls, user: Any) -> "Display":
        """Return the settings of the user's shop; the defaults for a user without one."""
        shop = getattr(user, "shop", None)
        return cls(getattr(shop, "time_zone", "UTC"), getattr(shop, "currency", ""))

    def money(self, amount: Any) -> str:
        """Return an amount with two places, thousands separators and the currency."""
        return f"{Decimal(str(amount)):,.2f} {self.currency}".strip()

    def number(self, number: Any) -> str:
        return f"{number:,}"

    def moment(self, text: str) -> str:
        """Return a time of the API in the shop's time zone, to the minute."""
        found = parse_datetime(text)
        return self.local(found).strftime("%Y-%m-%d %H:%M") if found else text

    def local(self, moment: datetime) -> datetime:
        return moment.astimezone(ZoneInfo(self.time_zone) if self.time_zone != "UTC" else UTC)

    def date(self, text: str) -> str:
        found = parse_date(text)
        return found.isoformat() if found else text

    def text(self, value: Any) -> str:
        return str(value)

    def flag(self, value: Any) -> str:
        return "yes" if value else "no"
