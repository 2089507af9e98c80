"""Numbers as people write them: `1,50`, `1.234,50`, `€ 1 234.50`.

One separator with three digits after it can be read in two ways: `1,234` is a thousand in New York and little more than
one in Berlin. The other cells of its column decide: see `find_decimal_sign()`.
"""

import re
import unicodedata

THOUSANDS = "'`\u2019"  # the separators of Switzerland; spaces of all kinds are removed, too
CURRENCY_CODE = re.compile(r"(?:^[A-Za-z]{2,3}\.?(?=[-+(\d])|(?<=[\d)])[A-Za-zł]{2,3}\.?$)")
PARTS = re.compile(r"[-+]?\d[\d.,]*|[-+]?[.,]\d+")
MAX_NUMBER_LENGTH = 100  # the limit for a cell with a number; spaces around it do not count
AMBIGUOUS = re.compile(r"[-+]?[1-9]\d{0,2}[.,]\d{3}")


class NotANumber(ValueError):
    """The text is not a number."""


class AmbiguousNumber(ValueError):
    """The text can be read as two different numbers, and its column does not show which one is meant."""


def normalize_number(text: str, decimal_sign: str | None = None) -> str:
    """Return `1234.50` for `€ 1.234,50`, by the decimal sign of its column. Raise NotANumber or AmbiguousNumber."""
    digits = strip_number(text)
    if AMBIGUOUS.fullmatch(digits) and decimal_sign is None:
        raise AmbiguousNumber(text)
    sign = detect_sign(digits) or decimal_sign
    whole, _, fraction = digits.rpartition(sign) if sign and sign in digits else (digits, "", "")
    group = "," if sign == "." else "."
    if (sign and sign in whole) or not is_grouped(whole, group) or (group in fraction):
        raise NotANumber(text)
    return whole.replace(group, "") + (f".{fraction}" if fraction else "")


def strip_number(text: str) -> str:
    """Return the text without spaces, currency and Swiss separators. Raise NotANumber."""
    text = text.strip()
    if len(text) > MAX_NUMBER_LENGTH:
        raise NotANumber(text)
    kept = "".join(c for c in text if not (c.isspace() or c in THOUSANDS or unicodedata.category(c) == "Sc"))
    kept = CURRENCY_CODE.sub("", kept)
    if not (kept.isascii() and PARTS.fullmatch(kept)):
        raise NotANumber(text)
    return kept


def detect_sign(digits: str) -> str | None:
    """Return the decimal sign that the number shows by itself, or None if it has none or can be read in two ways."""
    dots, commas = digits.count("."), digits.count(",")
    if dots and commas:
        return max(".,", key=digits.rindex)
    if dots + commas == 0 or AMBIGUOUS.fullmatch(digits):
        return None
    if dots + commas > 1:
        return "," if dots else "."  # a sign that occurs several times separates thousands
    return "." if dots else ","


def is_grouped(whole: str, sign: str) -> bool:
    """Return whether the sign separates groups of three digits or does not occur at all."""
    first, *groups = whole.lstrip("+-").split(sign)
    return not groups or (0 < len(first) <= 3 and all(len(group) == 3 for group in groups))


def find_decimal_sign(cell: str) -> str | None:
    """Return the decimal sign that the cell shows, or None if it is not a number or can be read in two ways."""
    try:
        return detect_sign(strip_number(cell))
    except NotANumber:
        return None
