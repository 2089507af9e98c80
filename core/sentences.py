"""Sentences in the language of the request, with numbers as the shop writes them, and the labels of fields."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from decimal import Decimal
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import get_language, gettext, ngettext, override

from core.money.amounts import scale
from core.translation import gettext_noop

# On pages of a shop whose files have a decimal comma, this is a comma: 1.234,50. Programs always get 1,234.50.
decimal_sign: ContextVar[str] = ContextVar("decimal_sign", default=".")
EXCHANGED_SIGNS = str.maketrans(",.", ".,")


@contextmanager
def writing_numbers(sign: str) -> Iterator[None]:
    """Write numbers with this decimal sign in the block."""
    token = decimal_sign.set(sign)
    try:
        yield
    finally:
        decimal_sign.reset(token)


@contextmanager
def writing_for(shop: Any) -> Iterator[str]:
    """Write texts and numbers in the language of the shop, which is yielded, and with its decimal sign."""
    language = shop.shop_language or get_language()
    with writing_numbers(shop.shop_decimal_sign), override(language):
        yield language


def write_number(number: Any, form: str = ",") -> str:
    """Return the number in the form of format(), with the signs of the shop."""
    if isinstance(number, Goods) or not isinstance(number, int | float | Decimal):
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


def isolate(name: str) -> str:
    """Return the name so that the numbers beside it keep their places, also if it is Hebrew or Arabic."""
    return re.sub(r"^.*[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc].*", "\u2068\\g<0>\u2069", name)


def list_first(names: list[str]) -> str:
    """Return the first names, and the number of the others."""
    listed = ", ".join(names[:3])
    return fill("{names} and {number:,} more", names=listed, number=len(names) - 3) if names[3:] else listed


# What people call fields that no model has, and whose names are other words.
NAMES = {
    "email": "e-mail", "expected_updated_at": "changed", "expires_in": "for how long", "float": "stays in the drawer",
    "location": "place", "low_stock": "low on stock", "movement_type": "in or out", "operation": "number",
    "reference": "document no.", "rename_axes": "name", "route": "list", "same_gtin": "same barcode",
    "shared": "for the whole shop", "sku": "SKU", "supplier_sku": "supplier's SKU", "threshold": "low at",
    "total__gte": "min total",
}  # fmt: skip

# What people call these codes.
CODES = {
    "booked": gettext_noop("Saved"),
    "dropped": gettext_noop("Discarded"),
    "fulfilled": gettext_noop("Handed out"),
    "location": gettext_noop("Place"),
    "reversal": gettext_noop("Undoing"),
    "tax": gettext_noop("Rate of VAT"),
}


def to_words(code: Any) -> str:
    """Return what people call a code of the API, in English: "signed out everywhere" for "signed_out_everywhere"."""
    return CODES[code][:1].lower() + CODES[code][1:] if code in CODES else str(code).replace("_", " ")


def say_code(code: Any) -> str:
    """Return what people call a code of the API, in the language of the request."""
    return gettext(to_words(code))


def find_field(model: Any, name: str) -> Any:
    """Return the field of the model, or None if it has no field of this name."""
    return next((field for field in model._meta.fields if field.name == name), None) if model else None


def find_label(model: Any, name: str) -> str:
    """Return the label of the model's field, such as "Low at". The label of any other name is the name in words."""
    field = find_field(model, name)
    label = field.verbose_name if field else NAMES.get(name, name.replace("_", " "))
    if isinstance(label, Promise):  # Django translates the labels of its own fields itself
        with override(None):
            label = str(label)
    return label[:1].upper() + label[1:]
