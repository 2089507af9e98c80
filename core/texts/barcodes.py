"""Barcodes as spreadsheets and other programs write them, in the form in which a scanner reads them.

A check digit tells barcodes from other numbers, but one number in ten has the right one by chance. So a number that is
written in a doubtful way is read as a barcode only if most numbers of its column that are written so are barcodes.
"""

import re
from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from biip import BiipException
from biip.upc import Upc

from core.texts.cleaning import fold_case, remove_invisible
from core.texts.gs1 import find_gtin, is_gtin

# A cell that matches is a barcode as it is, or another code: digits, but not 11 of them, or text with a letter, but no
# list.
PLAIN = r"(?![0-9]{11}$)(?!.*[,;|])(?=[0-9]*$|.*[A-Za-z])"
MARKED = re.compile(r"['\u2019]?\s*([0-9]{4,}?)(?:[.,]0{1,2})?")  # with the mark of a text, or decimal places
WITHOUT_ZERO = re.compile(r"[0-9]{11}")  # a UPC has 12 digits
GROUPED = re.compile(r"[0-9]{1,3}([.,])[0-9]{3}(?:\1[0-9]{3})*")  # with signs for thousands
BETWEEN_DIGITS = re.compile(r"[\s'\u2019\u00ad\u2010-\u2015-]")
DIGITS = re.compile(r"[0-9]{8}|[0-9]{12,14}")
UPC_E = re.compile(r"[01][0-9]{7}", re.ASCII)
ISBN_10 = re.compile(r"[0-9]{9}[0-9Xx]", re.ASCII)
ADD_ON = re.compile(r"([0-9]{12,13}?)(?:[0-9]{2}|[0-9]{5})", re.ASCII)  # a magazine has an issue or a price after it
LIST = re.compile(r"[,;|\n]")  # no single code contains one of these
MAX_LIST_LENGTH = 1000  # a longer text is not searched for several codes
LIST_OF_BARCODES = (re.compile(r"[,;|/\n]"), re.compile(r"\s+"))

# In which way a cell is written. The numbers in the last two ways may be other codes.
MARKS, SEVERAL, LOST_ZERO, SEPARATED = "marks", "several", "lost zero", "separated"
DOUBTFUL = (LOST_ZERO, SEPARATED)


class MixedCodes(ValueError):
    """The cell has several codes, and not all of them are barcodes."""


@dataclass(frozen=True)
class Barcode:
    """The code of a cell, further codes in it, and the way in which it is written if that is not the way of a scanner.

    A number that is written in a doubtful way is not `right` if its check digit is wrong.
    """

    code: str
    way: str = ""
    further: tuple[str, ...] = ()
    is_right: bool = True


MAX_REMEMBERED = 2048  # the most codes whose keys are remembered, because a booking asks for them several times
GTIN = "gtin"  # stands for a field in a key, whose code is then the 14 digits of a GTIN


class Typed(NamedTuple):
    """The GTINs of 14 digits as which a text can be read. `others` are used only if nothing else has been found."""

    gtin: str | None
    others: tuple[str, ...]


def make_key(code: str) -> str:
    """Return what equal codes have in common: the GTIN as 14 digits, or else the code ignoring case."""
    return find_gtin(code) or fold_case(code)


def read_word(word: str) -> str:
    """Return the word of a search. A GTIN has no zeros at its start then, so that all its forms are found.

    The invisible characters of a copied code are removed. In names of some scripts they have a meaning.
    """
    visible = remove_invisible(word)
    word = visible if visible.isascii() else word
    return word.lstrip("0") if find_gtin(word) and word.strip("0") else word


@lru_cache(MAX_REMEMBERED)
def list_keys(field: str, code: str) -> tuple[tuple[str, str], ...]:
    """Return the fields and codes that may find the product with this code, in the order in which they count.

    The code is first, then the GTINs, whose field is GTIN.
    """
    keys: list[tuple[str, str]] = [(field, fold_case(code))]
    visible = remove_invisible(code).strip()
    if visible != code and field in ("sku", "barcode"):
        keys.append((field, fold_case(visible)))
    if field == "barcode":
        typed = read_typed(visible)
        keys += [(GTIN, gtin) for gtin in (typed.gtin, *typed.others) if gtin]
    return tuple(keys)


def read_typed(text: str) -> Typed:
    """Return the GTINs of a text that somebody typed or scanned, which may have signs between the digits.

    `others` are the GTINs of the text read as a UPC-E, as an ISBN-10, and as the number before an add-on.
    """
    digits = BETWEEN_DIGITS.sub("", text)
    return Typed(find_gtin(digits), tuple(filter(None, map(find_gtin, list_other_codes(digits)))))


def join_digits(text: str) -> str:
    """Return the digits of a GTIN that has signs between them, or else the text."""
    digits = BETWEEN_DIGITS.sub("", text)
    return digits if is_gtin(digits) else text


def list_other_codes(digits: str) -> Iterable[str]:
    """Yield the numbers that the digits may stand for, also some with a wrong check digit."""
    if UPC_E.fullmatch(digits):
        with suppress(BiipException):
            yield Upc.parse(digits).as_upc_a()
    if ISBN_10.fullmatch(digits) and has_isbn_check_digit(digits.upper()):
        yield from (f"978{digits[:9]}{last}" for last in range(10))  # only one of the ten has the right check digit
    if found := ADD_ON.fullmatch(digits):
        yield found[1]


def has_isbn_check_digit(digits: str) -> bool:
    """Return whether the last of the ten characters is the check digit of the others. X is 10."""
    values = map("0123456789X".index, digits)
    return sum(value * weight for value, weight in zip(values, range(10, 0, -1), strict=True)) % 11 == 0


def strip_marks(text: str) -> str:
    """Return the digits of a number that a spreadsheet or a program has marked as text or written with decimals."""
    found = MARKED.fullmatch(text)
    return found[1] if found else text


def read_barcode(text: str) -> Barcode:
    """Return the barcode of a cell, or its text if it has another code. Raise MixedCodes."""
    if len(text) > MAX_LIST_LENGTH:
        return Barcode(text)
    bare = strip_marks(text)
    if WITHOUT_ZERO.fullmatch(bare):
        return Barcode(f"0{bare}", LOST_ZERO, is_right=is_gtin(f"0{bare}"))
    if bare != text:
        return Barcode(bare, MARKS)
    if len(codes := list_barcodes(text)) > 1:
        return Barcode(codes[0], SEVERAL, tuple(codes[1:]))
    digits = find_digits(text)
    if not digits and any(is_gtin(find_digits(part)) for part in LIST.split(text)):
        raise MixedCodes(text)
    return Barcode(digits, SEPARATED, is_right=is_gtin(digits)) if digits and digits != text else Barcode(text)


def list_barcodes(text: str) -> list[str]:
    """Return the barcodes of a list, each once. Return nothing if one of the codes is no barcode."""
    for separators in LIST_OF_BARCODES:
        parts = [find_digits(part) for part in separators.split(text) if part.strip()]
        if all(map(is_gtin, parts)):
            forms = [make_key(part) for part in parts]
            return [part for at, part in enumerate(parts) if forms.index(forms[at]) == at]
    return []


def find_digits(text: str) -> str:
    """Return the digits of a number that is as long as a barcode, or an empty text."""
    bare = strip_marks(text.strip())
    digits = BETWEEN_DIGITS.sub("", re.sub("[.,]", "", bare) if GROUPED.fullmatch(bare) else bare)
    return digits if DIGITS.fullmatch(digits) else ""


class UsualWays:
    """The doubtful notations that a column uses mostly for barcodes."""

    def __init__(self) -> None:
        self.right, self.written = Counter[str](), Counter[str]()

    def __contains__(self, way: str) -> bool:
        return self.right[way] * 2 > self.written[way]

    def add(self, text: str) -> bool:
        """Return whether the text has a doubtful notation. Count such a text."""
        try:
            barcode = read_barcode(text)
        except MixedCodes:
            return False
        if barcode.way not in DOUBTFUL:
            return False
        self.written[barcode.way] += 1
        self.right[barcode.way] += barcode.is_right
        return True
