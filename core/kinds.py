"""The kinds of values that people type: how each of them is read as the value that the API gets, and written again.

Nothing else reads what is typed in a form. Files have their own rules, because a whole column shows what a sign means:
see core.files.numbers and core.files.dates.
"""

import re
from collections.abc import Callable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.core.exceptions import ValidationError

from core.errors import AmountTooFine
from core.money.amounts import MAX_DECIMALS, count_units, scale
from core.money.currencies import get_money_decimals, write_typed_money
from core.sentences import Goods, fill
from core.time_zones import add_offset, get_zone
from core.translation import gettext_noop

MAX_ID = 2**63 - 1
MAX_ID_DIGITS = len(str(MAX_ID))  # int() raises ValueError for a text of several thousand digits
AMOUNT_WITH_COMMA = re.compile(r"\s*(?:[0-9]{1,10}|[0-9]{1,3}(?:\.[0-9]{3}){1,3}),[0-9]{1,2}\s*", re.ASCII)
GROUPED_AMOUNT = re.compile(r"\s*[0-9]{1,3}(?:,[0-9]{3}){1,3}\.[0-9]{1,2}\s*", re.ASCII)
GROUPED_WHOLE = re.compile(r"[0-9]{1,3}(?:(?:,[0-9]{3}){1,3}|(?:\.[0-9]{3}){1,3})", re.ASCII)
# A whole number as pages write it, by the decimal sign of the shop: 1,234 or 1.234.
GROUPED_NUMBERS = {
    ".": re.compile(r"[1-9][0-9]{0,2}(?:,[0-9]{3}){1,4}", re.ASCII),
    ",": re.compile(r"[1-9][0-9]{0,2}(?:\.[0-9]{3}){1,4}", re.ASCII),
}

# An amount of goods as people type it, perhaps with separators of thousands: 0,25 or 1.234,5 or 1,234.500.
GOODS = re.compile(
    r"[0-9]{1,10}[.,][0-9]{1,6}|[0-9]{1,3}(?:\.[0-9]{3})+,[0-9]{1,6}|[0-9]{1,3}(?:,[0-9]{3})+\.[0-9]{1,6}", re.ASCII
)
PLAIN_AMOUNT = re.compile(r"[0-9]{1,10}(?:\.[0-9]{1,6})?", re.ASCII)
# An amount that may be a thousand or one, by the decimal sign of the shop: a point is a decimal sign, too.
UNCLEAR = {
    ".": re.compile(r"[1-9][0-9]{0,2},[0-9]{3}", re.ASCII),
    ",": re.compile(r"[1-9][0-9]{0,2}\.[0-9]{3}", re.ASCII),
}
UNCLEAR_AMOUNT = gettext_noop("Is this {few:,} or {many:,}? Write it in this way.")


def read_whole_number(text: str, decimal_sign: str) -> str:
    """Return the whole number without separators of thousands, if it has those of the shop: 1,234 or 1.234."""
    digits = text.strip()
    return re.sub("[.,]", "", digits) if GROUPED_NUMBERS[decimal_sign].fullmatch(digits) else text


def read_amount(text: str, decimal_sign: str) -> str:
    """Return the amount with a point, and without separators of thousands, if it can be read in one way only.

    A comma before one or two digits is a decimal comma in every shop: 9,90 and 1.234,50. A shop that writes a decimal
    point also types 1,234.50.
    """
    if AMOUNT_WITH_COMMA.fullmatch(text):
        return text.replace(".", "").replace(",", ".")
    return text.replace(",", "") if decimal_sign == "." and GROUPED_AMOUNT.fullmatch(text) else text


def read_money(text: str, decimal_sign: str, currency: str) -> str:
    """Return the amount of money as read_amount() does. In a currency without decimals, 1.990 and 1,990 are 1990."""
    digits = text.strip()
    if get_money_decimals(currency) == 0 and GROUPED_WHOLE.fullmatch(digits):
        return re.sub("[.,]", "", digits)
    return read_amount(text, decimal_sign)


def read_goods(text: str, decimal_sign: str) -> str:
    """Return the amount of goods with a point. Both signs can precede decimals, unless only thousands have them so.

    1.234,5 and 1,234.5 have both signs: the last one precedes the decimals.
    """
    digits = text.strip()
    if not GOODS.fullmatch(digits):
        return text
    sign = max(".", ",", key=digits.rfind)
    return digits.replace("," if sign == "." else ".", "").replace(sign, ".")


def refuse_unclear(text: str, sign: str) -> None:
    """Raise ValidationError for an amount such as 1.250, which can be read in two ways. It names both."""
    if UNCLEAR[sign].fullmatch(text):
        thousandths = int(re.sub("[.,]", "", text))
        few, many = Goods(thousandths, MAX_DECIMALS), Goods(thousandths * 1000, MAX_DECIMALS)
        raise ValidationError(fill(UNCLEAR_AMOUNT, few=few, many=many))


def read_measure(text: str, sign: str) -> str:
    """Return the number with a point. Raise ValidationError if it can be read in two ways."""
    minus = "-" * text.startswith("-")
    refuse_unclear(text.removeprefix("-"), sign)
    return minus + read_goods(text.removeprefix("-"), sign)


def read_number(text: str) -> int | str:
    """Return the whole number, or the text if it is none. The API refuses the text."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= MAX_ID_DIGITS else text


def read_quantity(text: str, sign: str, decimals: int) -> int | str:
    """Return the typed amount of a product with these decimals in base units. The API refuses any other text.

    Raise ValidationError for an amount with more decimals, or one such as 1.000, which can be read in two ways.
    """
    if not decimals:
        return read_number(read_whole_number(text, sign))
    refuse_unclear(text, sign)
    amount = read_goods(text, sign)
    if not PLAIN_AMOUNT.fullmatch(amount):
        return text
    units = count_units(Decimal(amount), decimals)
    if units is None:
        raise ValidationError(fill(AmountTooFine.detail, decimals=decimals))
    return units


def parse_id(text: str) -> int | None:
    """Return the text as an id. Return None if it can't be one: ids are 1 to MAX_ID, in ASCII digits."""
    is_id = text.isascii() and text.isdigit() and len(text) <= MAX_ID_DIGITS and 0 < int(text) <= MAX_ID
    return int(text) if is_id else None


def read_decimal(text: str) -> Decimal | None:
    """Return the amount, or None if the text is not an amount."""
    return Decimal(text) if PLAIN_AMOUNT.fullmatch(text) else None


def write_quantity(quantity: int, decimals: int, sign: str) -> str:
    """Return the quantity as people type it: as an amount if the product has decimals."""
    return str(scale(quantity, decimals)).replace(".", sign)


def write_money(amount: Any, user: Any) -> str:
    """Return the amount as people of the shop type it, or an empty text for None."""
    return write_typed_money(amount, user.shop_currency, user.shop_decimal_sign)


def read_price(text: str, user: Any) -> str:
    return read_money(text, user.shop_decimal_sign, user.shop_currency)


def write_moment(moment: str, user: Any) -> str:
    """Return the time of the API as the time pickers of browsers have it, in the zone of the shop."""
    return datetime.fromisoformat(moment).astimezone(get_zone(user.shop_zone)).strftime("%Y-%m-%dT%H:%M:%S")


class Kind(NamedTuple):
    """How a form reads a text that is not blank, and writes a value of the API that is not None. Both get the user."""

    read: Callable[[str, Any], Any] = lambda text, _user: text
    write: Callable[[Any, Any], str] = lambda value, _user: str(value)


TEXT, NOTE, LINES, WORDS, SECRET, HIDDEN = "text", "note", "lines", "words", "secret", "hidden"
HIDDEN_LINES = "hidden_lines"
PRODUCT, NUMBER, QUANTITY, AMOUNT, MONEY = "product", "number", "quantity", "amount", "money"
DATE, MOMENT, CHOICE, CHOICES, FLAG = "date", "moment", "choice", "choices", "flag"
FLAGS = {"true": True, "false": False}
KINDS = {
    # A note has several paragraphs. The form reads a quantity when it knows the product, and with it the decimals.
    **dict.fromkeys((TEXT, NOTE, QUANTITY, DATE, SECRET, HIDDEN, PRODUCT), Kind()),
    # A text in each line.
    **dict.fromkeys(
        (LINES, HIDDEN_LINES), Kind(lambda text, _user: split(text, "\n"), lambda texts, _user: "\n".join(texts))
    ),
    WORDS: Kind(lambda text, _user: split(text, ","), lambda words, _user: ", ".join(words)),  # short texts in one line
    NUMBER: Kind(lambda text, user: read_number(read_whole_number(text, user.shop_decimal_sign))),
    AMOUNT: Kind(
        lambda text, user: read_measure(text, user.shop_decimal_sign),
        lambda amount, user: str(amount).replace(".", user.shop_decimal_sign),
    ),
    MONEY: Kind(read_price, write_money),
    MOMENT: Kind(lambda text, user: add_offset(text, user.shop_zone), write_moment),
    CHOICE: Kind(write=lambda value, _user: str(value).lower() if isinstance(value, bool) else str(value)),
    CHOICES: Kind(lambda text, _user: split(text, ","), lambda codes, _user: ",".join(codes)),
    FLAG: Kind(lambda text, _user: FLAGS.get(text, text), lambda value, _user: "true" if value else ""),
}


def split(text: str, separator: str) -> Sequence[str]:
    """Return the parts of the text that are not blank."""
    return [part.strip() for part in text.split(separator) if part.strip()]
