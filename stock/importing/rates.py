"""The rates of VAT in a file: those that the shop lacks are created, asked about, or left out."""

from decimal import Decimal
from typing import Any

from core.files.numbers import read_rate
from products.filing.states import Findings
from products.taxes.services import create_tax
from stock.importing.table import FILE, TAX_KEY, TAXES

FIND_UNKNOWN = f"""
SELECT DISTINCT row.tax FROM {FILE} AS row LEFT JOIN {TAXES} AS tax ON tax.key = {TAX_KEY.format(text="row.tax")}
WHERE row.tax <> '' AND tax.id IS NULL
"""  # noqa: S608
RENAME = """
UPDATE product_import AS row SET tax = given.rate
FROM unnest(%(texts)s::text[], %(rates)s::text[]) AS given (text, rate) WHERE given.text = row.tax
"""
LEAVE_OUT = """
UPDATE product_import SET tax = '', unsaid = array_append(unsaid, 'tax') WHERE tax = ANY (%(texts)s::text[])
"""


def settle_rates(cursor: Any, owner_id: int, found: Findings, *, creates: bool) -> list[int]:
    """Find the rates of VAT that the shop lacks, and create them if it `creates` any. Return the ids of new ones.

    Cells that are no rates are left out: their products keep what they have. So are rates that the shop lacks, if the
    file is sent to move in.
    """
    rows = found.rows
    rates = {text: read_rate(text) for text in find_unknown(cursor, owner_id)}
    if 0 < max((rate or 0 for rate in rates.values()), default=0) < 1:  # a spreadsheet stores 19 % as 0.19
        rates = {text: rate and rate * 100 for text, rate in rates.items()}
    texts = {text: f"{rate:.2f}" for text, rate in rates.items() if rate is not None}
    cursor.execute(RENAME, {"texts": [*texts], "rates": [*texts.values()]})
    missing = sorted(Decimal(text) for text in {*find_unknown(cursor, owner_id)} & {*texts.values()})
    named = [(f"{write_rate(rate)} %", rate) for rate in missing]
    created = [create_tax(owner_id=owner_id, name=name, rate=rate).pk for name, rate in named] if creates else []
    rows.missing_rates = [] if creates else [write_rate(rate) for rate in missing]
    rows.left_rates = sorted(text for text, rate in rates.items() if rate is None)
    left = [*rows.left_rates]
    if found.layout.choices.is_moving and not creates:
        left += map(str, missing)
    cursor.execute(LEAVE_OUT, {"texts": left})
    rows.has_unsaid = rows.has_unsaid or bool(left)
    return created


def find_unknown(cursor: Any, owner_id: int) -> list[str]:
    """Return the cells that are neither the name nor the number of a rate of the shop."""
    cursor.execute(FIND_UNKNOWN, {"owner": owner_id})
    return [text for (text,) in cursor]


def write_rate(rate: Decimal) -> str:
    """Return the rate without zeros behind its decimals: `19` or `5.5`."""
    return f"{rate.normalize():f}"
