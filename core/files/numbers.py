"""Numbers as people write them: `1,50`, `1.234,50`, `€ 1 234.50`.

A number with one separator and three digits after it is ambiguous: `1,234` is above a thousand in New York, and below
two in Berlin. The other cells of its column show which sign is the decimal sign: see `find_decimal_sign()`.
"""

import re
import unicodedata
from decimal import Decimal
from functools import cache, lru_cache

from babel import Locale

from core.files.dates import LANGUAGES
from core.money.currencies import CURRENCIES

# Regions and further languages whose signs of currencies differ from those in the languages of files.
LOCALES = (
    *LANGUAGES, "en_IN", "en_ZA", "es_PE", "es_MX", "es_PY", "pt_BR", "fr_CH", "fr_SN", "de_CH", "id", "ms", "fil",
    "vi", "th", "ja", "zh", "ko", "hi", "he", "ar", "af", "sr", "is", "ka", "kk",
)  # fmt: skip
# Abbreviations that people use and that the library lacks.
OTHER_WORDS = frozenset({"руб", "р", "грн", "лв", "lei", "leu", "tl", "rs", "fr", "bs"})  # noqa: RUF001
MAX_WORD_LENGTH = 12


def is_currency(word: str) -> bool:
    """Return whether the word is the sign, the code or the name of a currency."""
    return bool(text := fold(word[:MAX_WORD_LENGTH])) and text in list_words()


@cache
def list_words() -> frozenset[str]:
    """Return the words of all currencies in the languages of files, without signs that are no letters."""
    found = {*OTHER_WORDS, *map(fold, CURRENCIES)}
    for name in LOCALES:
        locale = Locale.parse(name)
        found.update(fold(locale.currency_symbols.get(code, "")) for code in CURRENCIES)
        found.update(fold(text) for code in CURRENCIES if " " not in (text := locale.currencies.get(code, "")))
    return frozenset(word for word in found if 0 < len(word) <= MAX_WORD_LENGTH)


def fold(word: str) -> str:
    """Return the letters of the word without case."""
    return "".join(letter for letter in word.casefold() if letter.isalpha())


THOUSANDS = "'`\u2019"  # the separators of Switzerland; spaces of all kinds are removed, too
BEFORE = re.compile(r"[^\d+.,-]+\.?(?=[-+(\d])")
AFTER = re.compile(r"(?<=[\d)\u2013\u2014-])[^\d+.,()\u2013\u2014-]+\.?$")
NO_CENTS = re.compile(r"[.,:](?:-{1,2}|[\u2013\u2014])$")  # `12,-`, and `12:-` in Sweden
# The unit of a quantity: `12 pcs`, `12 шт.`, `12 個`.
UNIT = re.compile(r"(?:(?![\u3040-\u9fff\uac00-\ud7a3])[^\W\d_]){2,3}|[\u3040-\u9fff\uac00-\ud7a3]")
# Units of several pieces, which are not counted, and words for thousands and millions.
SEVERAL = frozenset({
    "dtz", "dz", "doz", "dzn", "dzd", "pr", "prs", "пар", "дюж", "дес", "打", "对", "對", "双", "타", "쌍",
    "tsd", "tys", "tis", "mio", "mln", "mil", "тыс", "тис", "млн", "хил", "百", "千", "万", "萬", "백", "천", "만",
})  # fmt: skip
# Words about taxes at the end of a price: `229,99 incl. btw`, `12.50 (ex VAT)`, `1980税込`.
TAX = re.compile(
    r"[(]?(?:\b(?:in[ck]l?|exc?l?|exkl|zzgl|plus|hors|sans|sin|con|senza|bez|vč|s|z)[a-z]{0,8}\.?)?\s{0,2}"
    r"(?:btw|mwst|ust|vat|gst|tax|tva|iva|moms|mva|dph|áfa|kdv|alv|ttc|ht|ндс|пдв|φπα|税込み?|税抜き?|税別|含税)\.?[)]?$",
    re.IGNORECASE,
)
MAX_TAX_LENGTH = 25
HAS_DIGIT = re.compile("[0-9]")
PARTS = re.compile(r"[-+]?\d[\d.,]*|[-+]?[.,]\d+")
MAX_NUMBER_LENGTH = 100  # the limit for a cell with a number; spaces around it do not count
# The size of a cache: a cell is judged in several headers that are tried, for several meanings, and when it is read.
MAX_REMEMBERED = 16_384
RATE = re.compile(
    r"(?:[^0-9%]{1,20}(?=[0-9.,]+\s*%))?(100(?:[.,]0+)?|0?[.,][0-9]{1,4}|[0-9]{1,2}(?:[.,][0-9]{1,2}0*)?)\s*(?:%[^0-9]{0,40})?"
)
AMBIGUOUS = re.compile(r"[-+]?[1-9]\d{0,2}[.,]\d{3}")


SAME_CURRENCIES = {"€": "EUR", "$": "USD", "US$": "USD", "£": "GBP", "¥": "JPY"}


class NotANumber(ValueError):
    """The text is not a number."""


class AmbiguousNumber(ValueError):
    """The text can be read as two different numbers, and its column does not show which one is meant."""


def normalize_number(text: str, decimal_sign: str | None = None) -> str:
    """Return the number in the form `1234.50`. An ambiguous number needs the decimal sign of its column.

    Raise NotANumber or AmbiguousNumber.
    """
    if not (digits := find_digits(text)):
        raise NotANumber(text)
    if AMBIGUOUS.fullmatch(digits) and decimal_sign is None:
        raise AmbiguousNumber(text)
    point = detect_sign(digits) or decimal_sign
    separator = "," if point == "." else "."
    whole, fraction = digits, ""
    if point and point in digits:
        whole, fraction = digits.rsplit(point, 1)
    if (point and point in whole) or not is_grouped(whole, separator) or separator in fraction:
        raise NotANumber(text)
    return whole.replace(separator, "") + (f".{fraction}" if fraction else "")


def is_number(text: str) -> bool:
    """Return whether the text is a number, even if it can be read as two."""
    return bool(find_number(text))


def find_number(text: str) -> str:
    """Return the number in the form `1234.50`, with a point in one that can be read as two. It is empty for others."""
    try:
        return normalize_number(text, ".")
    except NotANumber:
        return ""


def find_digits(text: str) -> str:
    """Return the number without spaces, currency and Swiss separators, or an empty text for what is no number."""
    text = text.strip()
    return strip_number(text) if len(text) <= MAX_NUMBER_LENGTH and HAS_DIGIT.search(text) else ""


@lru_cache(MAX_REMEMBERED)
def strip_number(text: str) -> str:
    text = drop_tax(text)
    kept = "".join(c for c in text if not (c.isspace() or c in THOUSANDS or unicodedata.category(c) == "Sc"))
    kept = NO_CENTS.sub("", AFTER.sub(drop_unit, BEFORE.sub(drop_unit, kept, count=1)))
    return kept if kept.isascii() and PARTS.fullmatch(kept) else ""


def drop_tax(text: str) -> str:
    """Return the text without words about taxes at its end."""
    start = max(0, len(text) - MAX_TAX_LENGTH)
    return text[:start] + TAX.sub("", text[start:])


def drop_unit(found: re.Match[str]) -> str:
    """Return an empty text for a unit or a currency, and other text as it is."""
    word = found[0].rstrip(".")
    is_unit = UNIT.fullmatch(word) and word.lower() not in SEVERAL
    return "" if is_unit or is_currency(word) else found[0]


def detect_sign(digits: str) -> str | None:
    """Return the decimal sign that the number itself shows, or None if it has no separators or is ambiguous."""
    dots, commas = digits.count("."), digits.count(",")
    if dots and commas:
        return "." if digits.rindex(".") > digits.rindex(",") else ","  # the decimal sign is the last one
    if dots + commas == 0 or AMBIGUOUS.fullmatch(digits):
        return None
    if dots + commas > 1:
        return "," if dots else "."  # a sign that occurs several times separates thousands
    return "." if dots else ","


def is_grouped(whole: str, separator: str) -> bool:
    """Return whether the separator divides the number into groups of three digits, or does not occur in it."""
    first, *groups = whole.lstrip("+-").split(separator)
    return not groups or (0 < len(first) <= 3 and all(len(group) == 3 for group in groups))


def find_decimal_sign(cell: str) -> str | None:
    """Return the decimal sign that the cell shows, or None if it shows none or is not a number."""
    return detect_sign(find_digits(cell))


def is_ambiguous(cell: str) -> bool:
    """Return whether the cell can be read as two different numbers."""
    return AMBIGUOUS.fullmatch(find_digits(cell)) is not None


def find_currency(number: str) -> str:
    """Return the sign or the code of the currency beside a number, in upper case. It is empty if there is none."""
    sign = "".join(c for c in drop_tax(number) if c.isalpha() or unicodedata.category(c) == "Sc").upper()
    return SAME_CURRENCIES.get(sign, sign)


def read_rate(text: str) -> Decimal | None:
    """Return the rate of VAT in percent in a cell such as `19`, `7,0 %` or `IVA 21%`, or None for other texts.

    A spreadsheet stores percentages as shares, so a number below 1 may have four decimals: `0.055` is 5.5 %.
    """
    found = RATE.fullmatch(text.strip())
    return Decimal(found[1].replace(",", ".")) if found else None
