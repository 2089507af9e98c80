"""The formats of numbers, money, times and dates on the pages: in the shop's time zone, with its currency."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from core.time_zones import DEFAULT_ZONE, get_zone

NONE = "\N{EN DASH}"


@dataclass(frozen=True)
class Display:
    """The settings of the shop that the page belongs to."""

    time_zone: str = DEFAULT_ZONE
    currency: str = ""

    @classmethod
    def of(cls, user: Any) -> "Display":
        """Return the settings of the user's shop. A user without a shop gets the defaults."""
        shop = getattr(user, "shop", None)
        return cls(getattr(shop, "time_zone", DEFAULT_ZONE), getattr(shop, "currency", ""))

    def money(self, amount: Any) -> str:
        """Return an amount with two places, thousands separators and the currency."""
        return f"{Decimal(str(amount)):,.2f} {self.currency}".strip()

    def number(self, number: Any) -> str:
        return f"{number:,}"

    def signed(self, number: Any) -> str:
        """Return a change of a quantity with its sign."""
        return f"{number:+,}".replace("-", "\N{MINUS SIGN}")

    def moment(self, moment: Any) -> str:
        """Return a time of the API in the shop's time zone, to the minute."""
        found = moment if isinstance(moment, datetime) else datetime.fromisoformat(moment)
        return self.local(found).strftime("%Y-%m-%d %H:%M")

    def time(self, moment: Any) -> str:
        """Return the time of day of a moment."""
        return self.moment(moment).partition(" ")[2]

    def local(self, moment: datetime) -> datetime:
        return moment.astimezone(get_zone(self.time_zone))

    def date(self, day: Any) -> str:
        return str(day)

    def text(self, value: Any) -> str:
        return str(value)

    def words(self, value: Any) -> str:
        """Return a code of the API as words, such as "signed out everywhere" for "signed_out_everywhere"."""
        return str(value).replace("_", " ")

    def flag(self, value: Any) -> str:
        return "yes" if value else "no"


def with_noun(number: int, noun: str) -> str:
    """Return "1 line" or "2,000 lines"."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
