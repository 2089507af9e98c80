"""Find products by the text that a scanner reads: a SKU, a barcode, a further code, or GS1 data with a GTIN."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from django import forms
from django.core.exceptions import ValidationError

from core.database.replicas import read
from core.text import NOT_UTF8, build_length_error, clean_search_text
from products import gs1, sql_codes
from products.gs1 import GS1

MAX_SCAN_LENGTH = 255
MATCHES = ("barcode", "sku", "code", "gtin", "lot")  # the ways in which a code can match a product


class Scanned(NamedTuple):
    """A product that a code names, with the number of units. The fields are the columns of `sql_codes.FIND_SCANNED`."""

    text: str
    matched: str  # one of MATCHES except "lot"
    rank: int  # lower ranks take precedence: first a SKU or barcode, then a further code, then a GTIN
    product: int
    quantity: int


class ScannedText(NamedTuple):
    text: str
    gs1: GS1 | None

    @property
    def units(self) -> int:
        """Return the number of articles that the text stands for, such as those on a pallet. It is mostly 1."""
        return self.gs1.count if self.gs1 else 1

    @property
    def codes(self) -> set[str | None]:
        """Return the codes that the text may be: the whole text, and the text without the symbology prefix."""
        _, body = gs1.split_symbology(self.text)
        return {code for code in (self.text.strip(gs1.FNC1), body) if code and gs1.FNC1 not in code}


def read_scan(text: str) -> ScannedText:
    """Return the text in the form of stored texts, with its GS1 data. FNC1 is the only control character allowed.

    Raise ValidationError for a text that no code can contain.
    """
    if len(text) > MAX_SCAN_LENGTH:
        raise build_length_error(MAX_SCAN_LENGTH)
    if "\ufffd" in text:
        raise ValidationError(NOT_UTF8)
    parts = [clean_search_text(part, MAX_SCAN_LENGTH) for part in text.split(gs1.FNC1)]
    cleaned = gs1.FNC1.join(parts)
    return ScannedText(cleaned, gs1.parse(cleaned))


class ScanField(forms.Field):
    def to_python(self, value: Any) -> ScannedText | None:
        return read_scan(value) if value else None


def find_scanned(owner_id: int, scans: Iterable[ScannedText]) -> dict[str, list[Scanned]]:
    """Return the products that each text names: one, or several of the same rank. Texts without a product are omitted.

    One statement finds them by indexes.
    """
    keys = [(scan.text, code, scan.gs1 and scan.gs1.gtin) for scan in scans for code in scan.codes or {None}]
    columns: list[list[Any]] = [[*column] for column in zip(*keys, strict=True)] or [[], [], []]
    values = dict(zip(("texts", "codes", "gtins"), columns, strict=True))
    found: dict[str, dict[int, Scanned]] = {}
    for scanned in map(Scanned._make, read(sql_codes.FIND_SCANNED, {**values, "owner": owner_id})):
        found.setdefault(scanned.text, {}).setdefault(scanned.product, scanned)
    return {text: keep_first_rank(list(rows.values())) for text, rows in found.items()}


def keep_first_rank(rows: list[Scanned]) -> list[Scanned]:
    return [row for row in rows if row.rank == min(row.rank for row in rows)]
