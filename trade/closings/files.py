"""Write a closing as a table."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

FIGURES = (
    "opening", "total", "discounts", "returned", "cash_in", "cash_out", "expected", "counted", "difference", "float",
    "taken_out",
)  # fmt: skip


def make_rows(closing: dict[str, Any]) -> Iterator[tuple[Any, ...]]:
    """Return the header and a row for each amount of the closing. `of` is the kind of payment or the rate of VAT."""
    yield "figure", "of", "amount"
    for name in FIGURES:
        yield name, "", Decimal(closing[name])
    for paid in closing["payments"]:
        yield "payments", paid["kind"], Decimal(paid["amount"])
    for rate in closing["taxes"]:
        for name in ("net", "tax", "gross"):
            yield name, rate["rate"] or "", Decimal(rate[name])
