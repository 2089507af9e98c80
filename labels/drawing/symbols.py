"""The modules of the codes on labels. `segno` makes QR codes, and `python-barcode` makes linear codes."""

from dataclasses import dataclass
from typing import Any

import segno
from barcode.charsets import code128
from barcode.codex import Code128, Gs1_128
from barcode.ean import EAN8, EAN13

from products import gs1

QR_QUIET, LINES_QUIET = 4, 11  # the empty modules on each side, which readers need
QR_ERROR_CORRECTION = "m"
TWO_NINES = 99  # the symbol of the digits 99; among other characters it means a change to digits


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
    encoding = None if content.isascii() else "utf-8"  # readers assume UTF-8; segno would choose the shortest encoding
    code = segno.make_qr(content, error=QR_ERROR_CORRECTION, boost_error=False, encoding=encoding)
    rows = tuple("".join("1" if module else "0" for module in row) for row in code.matrix)
    return Symbol(rows, QR_QUIET, is_linear=False)


def draw_lines(content: str) -> Symbol:
    """Return an EAN for a GTIN of 8, 12 or 13 digits, otherwise a Code 128. The content must be ASCII."""
    if gs1.is_gtin(content) and len(content) <= len("4006381333931"):
        is_short = len(content) == len("12345670")
        return make_linear(EAN8(content) if is_short else EAN13(content.zfill(13)))
    return make_linear(CompleteCode128(content))


def draw_gs1_lines(content: str) -> Symbol:
    """Return a GS1-128 of an element string. Only its last value may have a variable length."""
    return make_linear(Gs1_128(content))


def make_linear(code: Any) -> Symbol:
    return Symbol((code.build()[0],), LINES_QUIET, is_linear=True)
