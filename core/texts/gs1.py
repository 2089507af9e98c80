"""GS1 data in scanned texts: numbers of articles (GTINs), lots, dates, serial numbers.

`biip` knows the identifiers and their formats. This module accepts only texts that are valid to their end, so that
nobody books with an incomplete code of a lot (docs/decisions/0038-scanned-codes.md).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from biip import BiipException
from biip.gs1_application_identifiers import _GS1_APPLICATION_IDENTIFIERS, GS1ApplicationIdentifier
from biip.gs1_digital_link_uris import _PRIMARY_IDENTIFIERS, GS1DigitalLinkURI
from biip.gs1_element_strings import GS1ElementString, GS1ElementStrings

FNC1 = "\x1d"
SYMBOLOGY = re.compile(r"\][A-Za-z][0-9A-Za-z]", re.ASCII)  # a scanner can put such a prefix before a code
GS1_SYMBOLOGIES = {"]C1", "]e0", "]e1", "]e2", "]d2", "]Q3", "]J1"}  # the prefixes that mark a code as GS1
BRACKETED = re.compile(r"\(([0-9]{2,4})\)([^()]+)", re.ASCII)
ADDRESS = re.compile(r"https?://", re.IGNORECASE)
BARE_GTIN = re.compile(r"[0-9]{8}|[0-9]{12,14}", re.ASCII)
LINKED_GTIN = re.compile(r"/01/([0-9]{8}|[0-9]{12,14})(?=[/?#]|$)", re.ASCII)
GTINS, LOT, SERIAL, COUNT = ("01", "02"), "10", "21", "37"
EXPIRY_DATES = ("17", "15")  # the identifiers of "use by" and "best before"
# The units of the measures of articles, by the beginnings of their identifiers. The fourth digit is the number of
# decimals. Widths, depths and the measures of pallets are no quantities of an article.
MEASURES = {
    "310": "kg", "311": "m", "314": "m2", "315": "l", "316": "m3", "320": "lb", "321": "in", "322": "ft", "323": "yd",
    "350": "in2", "351": "ft2", "352": "yd2", "356": "ozt", "357": "oz", "360": "qt", "361": "gal", "364": "in3",
    "365": "ft3", "366": "yd3",
}  # fmt: skip
SQUARE_AND_CUBIC = str.maketrans("²³", "23")


@dataclass(frozen=True)
class GS1:
    """The GS1 data of a scanned text. `count` is the number of articles in a logistic unit such as a pallet."""

    gtin: str | None = None  # 14 digits
    lot: str | None = None
    expires_on: date | None = None
    serial: str | None = None
    count: int = 1
    measures: tuple[tuple[str, Decimal], ...] = ()  # such as ("kg", 0.254); of a pallet, those of all its articles

    def find_measure(self, unit: str) -> Decimal | None:
        """Return the measure in the unit of a product. Nothing is converted, and 0 is no measure."""
        return dict(self.measures).get(unit.strip().lower().translate(SQUARE_AND_CUBIC)) or None


def split_symbology(text: str) -> tuple[str, str]:
    """Return the symbology prefix of a scan, which may be empty, and the rest without FNC1 at its ends."""
    found = SYMBOLOGY.match(text)
    prefix = found[0] if found else ""
    return prefix, text[len(prefix) :].strip(f"{FNC1} ")


def parse(text: str) -> GS1 | None:
    """Return the GS1 data of the text, or None if it is not GS1 data from its beginning to its end.

    A text without a GS1 symbology, brackets and FNC1 is accepted only if it has a GTIN, because other codes may begin
    with the digits of an identifier.
    """
    prefix, body = split_symbology(text)
    is_marked = prefix in GS1_SYMBOLOGIES or FNC1 in text or body.startswith("(")
    if not body.isascii():
        return None
    try:
        if not is_marked and BARE_GTIN.fullmatch(body):
            return GS1(gtin=read_gtin(body))
        found = summarize(read_elements(body))
    except (BiipException, ValueError):
        return None
    return found if found != GS1() and (is_marked or found.gtin) else None


def read_gtin(digits: str) -> str:
    """Return the GTIN as 14 digits. Raise ValueError if its check digit is wrong."""
    if gtin := find_gtin(digits):
        return gtin
    raise ValueError(f"The number {digits} has a wrong check digit.")


def read_elements(body: str) -> list[GS1ElementString]:
    """Return the identifiers with their values. Raise BiipException or ValueError if one is wrong."""
    if ADDRESS.match(body):
        return list(read_digital_link(body))
    if body.startswith("("):
        return list(read_bracketed(body))
    return list(read_element_string(body))


def read_digital_link(body: str) -> Iterator[GS1ElementString]:
    """Yield the identifiers of an address. `biip` would pad a GTIN of any length with zeros."""
    for element in GS1DigitalLinkURI.parse(body).element_strings:
        if element.ai.ai == "01" and not LINKED_GTIN.search(body):
            raise ValueError("The GTIN has a wrong number of digits.")
        yield element


def read_bracketed(body: str) -> Iterator[GS1ElementString]:
    """Yield the identifiers of a text such as `(01)04006381333931(10)A1`."""
    pairs = BRACKETED.findall(body)
    if "".join(f"({identifier}){value}" for identifier, value in pairs) != body:
        raise ValueError(f"This is more than identifiers in brackets: {body}")
    for identifier, value in pairs:
        element = GS1ElementString.parse(f"{identifier}{value.strip()}")
        if element.ai.ai != identifier:
            raise ValueError(f"There is no identifier {identifier}.")
        yield element


def read_element_string(body: str) -> Iterator[GS1ElementString]:
    """Yield the identifiers of a text such as `010400638133393110A1`, in which FNC1 ends values of variable length."""
    while body:
        element = GS1ElementString.extract(body)
        body = body[len(element) :]
        if element.ai.separator_required and body and not body.startswith(FNC1):
            raise ValueError(f"The value of {element.ai.ai} has no end.")
        body = body.lstrip(FNC1)
        yield element


def summarize(elements: list[GS1ElementString]) -> GS1:
    """Return the data of the identifiers. Raise ValueError if one has two values or a wrong check digit."""
    values: dict[str, GS1ElementString] = {}
    for element in elements:
        if not element.value.isascii() or values.setdefault(element.ai.ai, element).value != element.value:
            raise ValueError(f"{element.ai.ai} has two values, or one that GS1 does not allow.")
        if element.gtin_error or element.sscc_error or element.gln_error:
            raise ValueError(f"The number {element.value} has a wrong check digit.")
    gtins = [read_gtin(values[name].value) for name in GTINS if name in values]
    dates = [values[name].date for name in EXPIRY_DATES if name in values]
    texts = {name: values[name].value for name in (LOT, SERIAL, COUNT) if name in values}
    is_unit = GTINS[1] in values and GTINS[0] not in values
    count = int(texts[COUNT]) if is_unit and COUNT in texts else 1
    if not count:
        raise ValueError("A logistic unit has at least one article.")
    measures = [
        (MEASURES[name[:3]], Decimal(values[name].value).scaleb(-int(name[3])))
        for name in values
        if name[:3] in MEASURES and gtins
    ]
    if len(dict(measures)) < len(measures):
        raise ValueError("There are two measures in one unit.")
    return GS1(
        gtin=gtins[0] if gtins else None,
        lot=texts.get(LOT),
        expires_on=dates[0] if dates else None,
        serial=texts.get(SERIAL),
        count=count,
        measures=tuple(measures),
    )


def find_gtin(code: str) -> str | None:
    """Return the GTIN of 8, 12, 13 or 14 digits as 14 digits, or None if the code is none: all its forms are equal."""
    if not BARE_GTIN.fullmatch(code):
        return None
    gtin = code.zfill(14)
    total = 3 * sum(map(int, gtin[::2])) + sum(map(int, gtin[1::2]))
    return None if total % 10 else gtin


def is_gtin(code: str) -> bool:
    """Return whether the code is a GTIN of 8, 12, 13 or 14 digits with the correct check digit."""
    return find_gtin(code) is not None


def describe_identifiers() -> dict[str, Any]:
    """Return the identifiers of GS1 for parsers in other languages. `biip` has them only under private names.

    `identifiers` has the pattern of each with its value, and whether FNC1 ends the value. `linked` has the identifiers
    that may begin the path of a Digital Link, each with those that may follow, in their order. `measures` has units.
    """
    identifiers = [
        {"name": kind.ai, "pattern": kind.pattern.removesuffix("$"), "needsEnd": kind.separator_required}
        for kind in _GS1_APPLICATION_IDENTIFIERS.values()
    ]
    linked = {first.ai.ai: [one.ai.ai for one in first.qualifiers] for first in _PRIMARY_IDENTIFIERS}
    return {"identifiers": identifiers, "linked": linked, "measures": MEASURES}


def write_digital_link(gtin: str, lot: str = "", expires_on: date | None = None) -> str:
    """Return the GS1 Digital Link of an article or of one of its lots."""
    texts = [f"01{gtin}", *([f"{LOT}{lot}"] if lot else []), *([f"17{expires_on:%y%m%d}"] if expires_on else [])]
    return GS1DigitalLinkURI.from_element_strings(GS1ElementStrings(map(GS1ElementString.parse, texts))).value


def write_element_string(gtin: str, lot: str, expires_on: date | None = None) -> str:
    """Return the element string of a lot. The lot is at the end, so that no FNC1 is needed."""
    return f"01{gtin}{f'17{expires_on:%y%m%d}' if expires_on else ''}10{lot}"


def is_lot(code: str) -> bool:
    """Return whether GS1 allows the code for a lot: at most 20 characters, all from the character set of GS1."""
    try:
        return GS1ElementString.parse(f"{LOT}{code}").ai == GS1ApplicationIdentifier.extract(LOT)
    except BiipException:
        return False
