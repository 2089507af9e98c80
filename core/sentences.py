"""Sentences in the language of the request, with numbers as the shop writes them."""

from contextvars import ContextVar
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext, ngettext

from core.amounts import scale

# On pages of a shop whose files have a decimal comma, this is a comma: 1.234,50. Programs always get 1,234.50.
decimal_sign: ContextVar[str] = ContextVar("decimal_sign", default=".")
EXCHANGED_SIGNS = str.maketrans(",.", ".,")


def write_number(number: Any, form: str = ",") -> str:
    """Return the number in the form of format(), with the signs of the shop."""
    if (isinstance(number, Goods) and number.decimals) or not isinstance(number, int | float | Decimal):
        return format(number, form)
    text = format(number, form)
    return text.translate(EXCHANGED_SIGNS) if decimal_sign.get() == "," else text


class Number(int):
    def __format__(self, form: str) -> str:
        return write_number(int(self), form)


class Goods(int):
    """A quantity of a product. Sentences have it as an amount with the product's decimals and unit.

    Without decimals it is written as any number, without the unit.
    """

    decimals: int
    unit: str

    def __new__(cls, quantity: int, decimals: int = 0, unit: str = "") -> "Goods":
        goods = super().__new__(cls, quantity)
        goods.decimals, goods.unit = decimals, unit
        return goods

    def __format__(self, form: str) -> str:
        if not self.decimals:
            return write_number(int(self), form)
        return f"{write_number(scale(self, self.decimals), f'{form}.{self.decimals}f')} {self.unit}".strip()


def fill(text: str, /, **values: Any) -> str:
    """Return the text in the language of the request, with the values in it."""
    return gettext(text).format(**{name: mark_number(value) for name, value in values.items()})


def fill_plural(one: str, many: str, number: int, /, **values: Any) -> str:
    """Return the text for this number, which is the value `number`, in the language of the request."""
    values = {"number": number, **values}
    return ngettext(one, many, number).format(**{name: mark_number(value) for name, value in values.items()})


def mark_number(value: Any) -> Any:
    return Number(value) if type(value) is int else value


def list_first(names: list[str]) -> str:
    """Return the first names, and the number of the others."""
    listed = ", ".join(names[:3])
    return fill("{names} and {number:,} more", names=listed, number=len(names) - 3) if names[3:] else listed
