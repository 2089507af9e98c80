"""Find products by the text that a scanner reads: a SKU, a barcode, a further code, GS1 data, or a code of a scale."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any, NamedTuple

from django import forms
from django.core.exceptions import ValidationError

from core.amounts import count_units
from core.database.replicas import read
from core.errors import AmountTooFine
from core.text import NOT_UTF8, build_length_error, clean_search_text
from products import gs1, sql_codes
from products.gs1 import GS1
from products.reading.scale_codes import ScaleLabel, read_label

MAX_SCAN_LENGTH = 255
MATCHES = ("barcode", "sku", "code", "gtin", "lot")  # the ways in which a code can match a product
ARTICLE_RANK = 3  # is added to the ranks of articles of scales


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
        return {code for code in (self.text.strip(gs1.FNC1), self.body) if code and gs1.FNC1 not in code}

    @property
    def body(self) -> str:
        return gs1.split_symbology(self.text)[1]


class Scanned(NamedTuple):
    """A product that a scan names. The first fields are the columns of `sql_codes.FIND_SCANNED`."""

    text: str
    matched: str  # one of MATCHES except "lot"
    rank: int  # lower ranks take precedence: a SKU or barcode, a further code, a GTIN, and the article of a scale
    product: int
    units: int  # of a further code
    decimals: int
    unit: str
    scan: ScannedText
    label: ScaleLabel | None  # if the scan names the product as the article of a scale

    @property
    def measure(self) -> Decimal | None:
        """Return the amount that the scan says, in the unit of the product."""
        if self.label:
            return self.label.measure
        return self.scan.gs1.find_measure(self.unit) if self.scan.gs1 else None

    @property
    def total_price(self) -> Decimal | None:
        return self.label.price if self.label else None

    @property
    def counted(self) -> int | None:
        """Return the units of a code without a measure. It is None if the code does not say how much it is."""
        says_nothing = self.total_price is not None or (self.decimals and self.units == 1)
        return None if says_nothing else self.units * self.scan.units

    @property
    def quantity(self) -> int | None:
        """Return the base units that the scan stands for, or None. Raise AmountTooFine."""
        if self.measure is None:
            return self.counted
        units = count_units(self.measure, self.decimals)
        if units is None:
            raise AmountTooFine(product=self.product, decimals=self.decimals)
        return units


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


def find_scanned(user: Any, scans: Iterable[ScannedText]) -> dict[str, list[Scanned]]:
    """Return the products that each text names: one, or several of the same rank. Texts without a product are omitted.

    One statement finds them by indexes.
    """
    by_text = {scan.text: scan for scan in scans}
    labels = {text: read_label(scan.body, user.shop.scale_codes) for text, scan in by_text.items()} if user.shop else {}
    keys = [
        (scan.text, code, scan.gs1 and scan.gs1.gtin, 0) for scan in by_text.values() for code in scan.codes or {None}
    ]
    keys += [(text, code, None, ARTICLE_RANK) for text, label in labels.items() if label for code in label.articles]
    columns: list[list[Any]] = [[*column] for column in zip(*keys, strict=True)] or [[], [], [], []]
    values = dict(zip(("texts", "codes", "gtins", "ranks"), columns, strict=True))
    found: dict[str, dict[int, Scanned]] = {}
    for row in read(sql_codes.FIND_SCANNED, {**values, "owner": user.account_id}):
        text, _matched, rank, product, *_numbers = row
        scanned = Scanned._make((*row, by_text[text], labels[text] if rank > ARTICLE_RANK else None))
        found.setdefault(text, {}).setdefault(product, scanned)
    return {text: keep_first_rank(list(rows.values())) for text, rows in found.items()}


def keep_first_rank(rows: list[Scanned]) -> list[Scanned]:
    return [row for row in rows if row.rank == min(row.rank for row in rows)]
