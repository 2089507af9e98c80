"""Read codes of scales. These are EAN-13 codes that contain the number of an article and a weight or a price.

The shop's setting `scale_codes` has their patterns. trade/tills/static/tills/scale_codes.js does the same in a browser.
The examples in products/codes/tests/scale_codes.json test both.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from products.codes import gs1

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
