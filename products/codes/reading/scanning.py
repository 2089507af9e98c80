"""Find products by the text that a scanner reads: a SKU, a barcode, a further code, GS1 data, or a code of a scale.

The codes of scales are EAN-13 codes that contain the number of an article and a weight or a price. The shop's setting
`scale_codes` has their patterns. trade/tills/static/tills/scale_codes.js does the same in a browser. The examples in
products/codes/tests/scale_codes.json test both.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

from django import forms
from django.core.exceptions import ValidationError

from core.database.replicas import read
from core.errors import AmountTooFine
from core.money.amounts import count_units
from core.texts import gs1
from core.texts.barcodes import read_typed
from core.texts.cleaning import NOT_UTF8, build_length_error, clean_search_text, remove_invisible
from core.texts.gs1 import GS1
from products.models import sql_codes

CODE = re.compile(r"[0-9]{12,13}", re.ASCII)  # a scanner may omit a zero at the beginning
LENGTH = 13


@dataclass(frozen=True)
class ScaleLabel:
    """What the code of a scale says. A measure or price of 0 is none."""

    articles: tuple[str, str]  # the number of the article, with and without the prefix
    measure: Decimal | None = None  # in the unit of the product
    price: Decimal | None = None  # of the whole package


def read_label(code: str, rows: Iterable[Mapping[str, Any]]) -> ScaleLabel | None:
    """Return what the code says by these rows, or None if it is no code of a scale or its check digit is wrong."""
    if not (CODE.fullmatch(code) and gs1.is_gtin(code)):
        return None
    digits = code.zfill(LENGTH)
    row = next((row for row in rows if digits.startswith(row["prefix"])), None)
    if row is None:
        return None
    begin = len(row["prefix"])
    end = begin + row["digits"]
    number = Decimal(digits[end:-1]).scaleb(-row["places"]) or None
    articles = digits[:end], digits[begin:end]
    return ScaleLabel(articles, price=number) if row["holds"] == "price" else ScaleLabel(articles, measure=number)


MAX_SCAN_LENGTH = 255
MATCHES = ("barcode", "sku", "code", "gtin", "lot")  # the ways in which a code can match a product
# ARTICLE_RANK is added to the ranks of articles of scales. OTHER_RANK is added to those of a UPC-E, an ISBN-10 and the
# number before an add-on.
ARTICLE_RANK, OTHER_RANK = 3, 6


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
        found = self.text.strip(gs1.FNC1), remove_invisible(self.text).strip(f"{gs1.FNC1} "), self.body
        return {code for code in found if code and gs1.FNC1 not in code}

    @property
    def body(self) -> str:
        return gs1.split_symbology(remove_invisible(self.text))[1]

    @property
    def keys(self) -> list[tuple[str, str | None, str | None, int]]:
        """Return the parameters of the statement for the codes and GTINs that the text may be, each with its rank."""
        typed = read_typed(self.body)
        gtin = typed.gtin if self.gs1 is None else self.gs1.gtin
        keys = [(self.text, code, gtin, 0) for code in self.codes or {None}]
        return [*keys, *((self.text, None, other, OTHER_RANK) for other in typed.others)]


class Scanned(NamedTuple):
    """A product that was found by a scan. The first fields are the columns of `sql.FIND_SCANNED`."""

    text: str
    matched: str  # one of MATCHES except "lot"
    rank: int  # lower ranks come first: a SKU or barcode, a further code, a GTIN, a scale's article, another GTIN
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
    return make_scan(gs1.FNC1.join(clean_search_text(part, MAX_SCAN_LENGTH) for part in text.split(gs1.FNC1)))


def make_scan(text: str) -> ScannedText:
    """Return the text, which is in the form of stored texts, with its GS1 data."""
    return ScannedText(text, gs1.parse(remove_invisible(text)))


class ScanField(forms.Field):
    def to_python(self, value: Any) -> ScannedText | None:
        return read_scan(value) if value else None


def find_scanned(user: Any, scans: Iterable[ScannedText]) -> dict[str, list[Scanned]]:
    """Return the products that each text names: one, or several of the same rank. Texts without a product are omitted.

    One statement finds them by indexes.
    """
    by_text = {scan.text: scan for scan in scans}
    owner = user.shop_owner
    labels = {text: read_label(scan.body, owner.scale_codes) for text, scan in by_text.items()} if owner else {}
    keys = [key for scan in by_text.values() for key in scan.keys]
    keys += [(text, code, None, ARTICLE_RANK) for text, label in labels.items() if label for code in label.articles]
    columns: list[list[Any]] = [[*column] for column in zip(*keys, strict=True)] or [[], [], [], []]
    values = dict(zip(("texts", "codes", "gtins", "ranks"), columns, strict=True))
    found: dict[str, dict[int, Scanned]] = {}
    for row in read(sql_codes.FIND_SCANNED, {**values, "owner": user.account_id}):
        text, _matched, rank, product, *_numbers = row
        label = labels[text] if ARTICLE_RANK < rank <= OTHER_RANK else None
        scanned = Scanned._make((*row, by_text[text], label))
        found.setdefault(text, {}).setdefault(product, scanned)
    ranks = {text: min(row.rank for row in rows.values()) for text, rows in found.items()}
    return {text: [row for row in rows.values() if row.rank == ranks[text]] for text, rows in found.items()}


def find_shared_gtins(user: Any) -> list[int]:
    """Return the ids of the products that share a GTIN with another one. Those of each GTIN are next to each other.

    An earlier release allowed two products with two forms of one GTIN.
    """
    rows = read(sql_codes.FIND_SHARED_GTINS, {"owner": user.account_id})
    return list(dict.fromkeys(pk for gtin, ids in rows if gs1.is_gtin(gtin) for pk in ids))
