"""The texts of the label of a product or a lot, and the modules of its code.

`segno` makes QR codes, and `python-barcode` makes linear codes.
"""

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import segno
from barcode.charsets import code128
from barcode.codex import Code128, Gs1_128
from barcode.ean import EAN8, EAN13
from django.utils.formats import date_format

from core.pages.columns import Display
from core.sentences import fill
from core.texts import gs1
from core.texts.cleaning import is_mark
from trade.labels.errors import CodeNeedsQR, NothingToEncode
from users.models import AUTO, BARCODE, QR

QR_QUIET, LINES_QUIET = 4, 11  # the empty modules on each side, which readers need
QR_ERROR_CORRECTION = "m"
TWO_NINES = 99  # means the digits 99 in the character set of digits, and a change to that set in the others

PRINTABLE_ASCII = range(32, 127)
MAX_YEARS_AHEAD, MAX_YEARS_AGO = 50, 49  # the limits for a date in GS1 data, whose year has two digits


@dataclass(frozen=True)
class Symbol:
    """A code as rows of modules, in which `1` is a dark one. A linear code has one row, which can have any height."""

    rows: tuple[str, ...]
    quiet: int
    is_linear: bool

    @property
    def width(self) -> int:
        """Return the number of modules in a row, including the empty ones on both sides."""
        return len(self.rows[0]) + 2 * self.quiet


class CompleteCode128(Code128):
    """A Code 128 that keeps the digits 99 at its beginning. The library takes them for a change of characters."""

    def _try_to_optimize(self, encoded: list[int]) -> list[int]:
        is_digits = encoded[0] == code128.START_CODES["C"] and encoded[1] == TWO_NINES
        return encoded if is_digits else list(super()._try_to_optimize(encoded))


def draw_qr(content: str) -> Symbol:
    encoding = None if content.isascii() else "utf-8"  # readers expect UTF-8; segno would choose the shortest encoding
    code = segno.make_qr(content, error=QR_ERROR_CORRECTION, boost_error=False, encoding=encoding)
    rows = tuple("".join("1" if module else "0" for module in row) for row in code.matrix)
    return Symbol(rows, QR_QUIET, is_linear=False)


def is_ean(code: str) -> bool:
    """Return whether the code is a GTIN of 8, 12 or 13 digits."""
    return gs1.is_gtin(code) and len(code) <= len("4006381333931")


def draw_ean(gtin: str) -> Symbol:
    """Return the EAN of a GTIN of 8, 12 or 13 digits. Readers return 12 digits with a zero before them."""
    return make_linear(EAN8(gtin) if len(gtin) == len("12345670") else EAN13(gtin.zfill(13)))


def draw_lines(content: str) -> Symbol:
    """Return a Code 128. The content must be ASCII."""
    return make_linear(CompleteCode128(content))


def make_linear(code: Any) -> Symbol:
    return Symbol((code.build()[0],), LINES_QUIET, is_linear=True)


@dataclass(frozen=True)
class LabelContent:
    """The texts of a label and its code. `code_text` is the text below the code, for people without a scanner."""

    name: str
    details: tuple[str, ...]
    code_text: str
    symbol: Symbol
    product_id: int
    extras: tuple[str, ...] = ()  # the optional lines, between the name and the details


def make_product_label(product: Any, display: Display, code_type: str) -> LabelContent:
    """Return the label of a product, with its price, which is that of a unit. The code is the barcode, or else the SKU.

    Raise NothingToEncode or CodeNeedsQR.
    """
    unit = f" / {product.unit}" if product.decimals and product.unit else ""
    return make_label(product, (f"{display.money(product.price)}{unit}",), code_type)


def make_lot_label(lot: Any, product: Any, code_type: str, today: date) -> LabelContent:
    """Return the label of a lot. If the barcode is a GTIN, the code is GS1 data with GTIN, date and lot.

    `auto` makes a QR code of it, because bars would need the largest label. Otherwise the code is that of the product.
    Raise NothingToEncode or CodeNeedsQR.
    """
    details: tuple[str, ...] = (fill("Lot {code}", code=lot.code),)
    if lot.expires_on:
        date_text = date_format(lot.expires_on, "SHORT_DATE_FORMAT")
        details = (*details, fill("Expires {date}", date=date_text))
    if not (gs1.is_gtin(product.barcode) and gs1.is_lot(lot.code)):
        return make_label(product, details, code_type)
    gtin = gs1.read_gtin(product.barcode)
    expires_on = lot.expires_on if is_writable(lot.expires_on, today) else None
    write, draw = GS1_FORMS[QR if code_type == AUTO else code_type]
    texts = (f"(01){gtin}", f"(17){expires_on:%y%m%d}" if expires_on else "", f"(10){lot.code}")
    return LabelContent(product.name, details, "".join(texts), draw(write(gtin, lot.code, expires_on)), product.pk)


GS1_FORMS: dict[str, tuple[Callable[..., str], Callable[[str], Symbol]]] = {
    QR: (gs1.write_digital_link, draw_qr),
    # Only the last value of an element string may have a variable length.
    BARCODE: (gs1.write_element_string, lambda content: make_linear(Gs1_128(content))),
}


def make_label(product: Any, details: tuple[str, ...], code_type: str) -> LabelContent:
    """Return a label whose code finds the product when it is scanned. Raise NothingToEncode or CodeNeedsQR.

    A SKU is never drawn as an EAN, even if its digits are those of one: a scan finds it in the form that it has.
    """
    code: str = product.barcode or product.sku
    if not code:
        raise NothingToEncode(product=product.pk)
    has_ean = is_ean(product.barcode)
    if code_type == AUTO:
        code_type = BARCODE if has_ean else QR
    if code_type != QR and not all(ord(character) in PRINTABLE_ASCII for character in code):
        raise CodeNeedsQR(product=product.pk)
    draw = draw_qr if code_type == QR else draw_ean if has_ean else draw_lines
    return LabelContent(product.name, details, code, draw(code), product.pk)


def is_writable(day: date | None, today: date) -> bool:
    """Return whether readers interpret the two digits of the year as this year."""
    return day is not None and -MAX_YEARS_AGO <= day.year - today.year <= MAX_YEARS_AHEAD


WIDE, NARROW = 1.0, 0.55  # the approximate width of a character, as a part of its height
JOINER, BREAK, VIRAMA = "\N{ZERO WIDTH JOINER}", "\N{ZERO WIDTH SPACE}", 9
# The characters in LAST belong to the character before them, as marks do: the vowels am of Thai and Lao, and skin tones
# of emoji. The vowels of Thai and Lao in FIRST belong to the next character.
LAST = frozenset("\u0e33\u0eb3\U0001f3fb\U0001f3fc\U0001f3fd\U0001f3fe\U0001f3ff")
FIRST = frozenset("\u0e40\u0e41\u0e42\u0e43\u0e44\u0ec0\u0ec1\u0ec2\u0ec3\u0ec4")
FLAGS = range(0x1F1E6, 0x1F200)  # two of these letters are one flag
VOWELS_OF_HANGUL = range(0x1160, 0x1200)  # the vowels and last consonants, which follow a first one


def split_graphemes(text: str) -> list[str]:
    """Return the characters of the text, each with its marks. Joining them returns the text."""
    if text.isascii():
        return list(text)
    found: list[str] = []
    for one in text:
        if found and continues(found[-1], one):
            found[-1] += one
        else:
            found.append(one)
    return found


def continues(grapheme: str, one: str) -> bool:
    """Return whether the code point belongs to the grapheme before it."""
    last = grapheme[-1]
    return (
        is_mark(one)
        or (unicodedata.category(one) == "Cf" and one != BREAK)
        or one in LAST
        or last == JOINER
        or last in FIRST
        or unicodedata.combining(last) == VIRAMA
        or ord(one) in VOWELS_OF_HANGUL
        or (len(grapheme) == 1 and ord(last) in FLAGS and ord(one) in FLAGS)
    )


def is_wide(one: str) -> bool:
    return unicodedata.east_asian_width(one) in "WF"


def measure(text: str, size: int) -> float:
    """Return the approximate width of the text. The exact one depends on the font of the printer or the browser."""
    return sum(map(measure_grapheme, split_graphemes(text))) * size


def measure_grapheme(grapheme: str) -> float:
    return 0 if grapheme == BREAK else WIDE if any(map(is_wide, grapheme)) else NARROW


def take_fitting(text: str, size: int, width: float) -> str:
    """Return the beginning of the text that fits into the width, of whole characters."""
    taken, used = "", 0.0
    for grapheme in split_graphemes(text):
        used += measure_grapheme(grapheme) * size
        if used > width:
            break
        taken += grapheme
    return taken
