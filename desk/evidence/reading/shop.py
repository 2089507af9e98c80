"""The shop as it was when a pack's data ends."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.utils.formats import date_format

from core.database.postgres.base import fetch
from core.languages import ENGLISH
from core.sentences import decimal_sign, write_number
from core.time_zones import get_zone
from desk.evidence.reading import statements
from desk.evidence.reading.request import PackRequest


@dataclass(frozen=True)
class ShopThen:
    """The name and the settings of the shop at `recorded_until`. Texts have the decimal sign of their language."""

    name: str
    currency: str
    time_zone: str
    language: str

    @contextmanager
    def writing_numbers(self) -> Iterator[None]:
        """Write numbers with the signs of the language in the block."""
        token = decimal_sign.set("." if self.language == ENGLISH else ",")
        try:
            yield
        finally:
            decimal_sign.reset(token)

    def write_money(self, amount: Decimal) -> str:
        return f"{write_number(amount, ',.2f')} {self.currency}".strip()

    def write_moment(self, moment: datetime) -> str:
        """Return the time in the zone of the shop, which it names."""
        local = moment.astimezone(get_zone(self.time_zone))
        return f"{date_format(local, 'SHORT_DATE_FORMAT')} {local:%H:%M:%S} ({self.time_zone})"


def read_shop(request: PackRequest) -> ShopThen:
    [(name, currency, time_zone)] = fetch(statements.SHOP, request.parameters)
    return ShopThen(name or "", currency, time_zone, request.language)
