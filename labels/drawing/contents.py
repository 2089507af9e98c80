"""The texts of the label of a product or a lot, and the content of its code."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from core.pages.columns import Display
from labels.drawing.symbols import Symbol, draw_gs1_lines, draw_lines, draw_qr
from labels.errors import CodeNeedsQR, NothingToEncode
from products import gs1

QR, BARCODE = CODE_TYPES = ("qr", "barcode")
PRINTABLE_ASCII = range(32, 127)
MAX_YEARS_AHEAD, MAX_YEARS_AGO = 50, 49  # the limits for a date in GS1 data, whose year has two digits


@dataclass(frozen=True)
class LabelContent:
    """The texts of a label, the most important one first, and its code. `code_text` is for people without a scanner."""

    name: str
    details: tuple[str, ...]
    code_text: str
    symbol: Symbol
    product_id: int


def make_product_label(product: Any, display: Display, code_type: str) -> LabelContent:
    """Return the label of a product, with its price. The code is the barcode, or else the SKU.

    Raise NothingToEncode or CodeNeedsQR.
    """
    return make_label(product, (display.money(product.price),), code_type)


def make_lot_label(lot: Any, product: Any, code_type: str, today: date) -> LabelContent:
    """Return the label of a lot. If the barcode is a GTIN, the code is GS1 data with GTIN, date and lot.

    Otherwise the code is that of the product. Raise NothingToEncode or CodeNeedsQR.
    """
    details = (f"Lot {lot.code}", *([f"Expires {lot.expires_on}"] if lot.expires_on else []))
    if not (gs1.is_gtin(product.barcode) and gs1.is_lot(lot.code)):
        return make_label(product, details, code_type)
    gtin = gs1.read_gtin(product.barcode)
    expires_on = lot.expires_on if is_writable(lot.expires_on, today) else None
    write, draw = GS1_FORMS[code_type]
    texts = (f"(01){gtin}", f"(17){expires_on:%y%m%d}" if expires_on else "", f"(10){lot.code}")
    return LabelContent(product.name, details, "".join(texts), draw(write(gtin, lot.code, expires_on)), product.pk)


GS1_FORMS: dict[str, tuple[Callable[..., str], Callable[[str], Symbol]]] = {
    QR: (gs1.write_digital_link, draw_qr),
    BARCODE: (gs1.write_element_string, draw_gs1_lines),
}


def make_label(product: Any, details: tuple[str, ...], code_type: str) -> LabelContent:
    """Return a label whose code finds the product when it is scanned. Raise NothingToEncode or CodeNeedsQR."""
    code: str = product.barcode or product.sku
    if not code:
        raise NothingToEncode(product=product.pk)
    symbol = draw_qr(code) if code_type == QR else draw_text(product, code)
    return LabelContent(product.name, details, code, symbol, product.pk)


def draw_text(product: Any, text: str) -> Symbol:
    """Return a linear code. Raise CodeNeedsQR if the text has characters outside of ASCII."""
    if not all(ord(character) in PRINTABLE_ASCII for character in text):
        raise CodeNeedsQR(product=product.pk)
    return draw_lines(text)


def is_writable(day: date | None, today: date) -> bool:
    """Return whether readers interpret the two digits of the year as this year."""
    return day is not None and -MAX_YEARS_AGO <= day.year - today.year <= MAX_YEARS_AHEAD
