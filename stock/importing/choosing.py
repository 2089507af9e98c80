"""Apply the choices of an import to its rows, after they are matched and before they are checked.

stock/importing/table.py describes the temporary table.
"""

from dataclasses import replace
from decimal import Decimal
from typing import Any

from core.files.numbers import read_rate
from products.filing.columns import AMOUNT_COLUMNS, ProductColumn, get_column
from products.filing.states import ADD, AMOUNTS, LEAVE, UNCOUNTED, ZERO, Findings
from products.models import MEASURES
from products.taxes.services import create_tax
from stock.importing import table as sql
from stock.importing.repeats import PRODUCT, leave_out_repeated
from stock.importing.table import FILE, TAX_KEY, TAXES

# With `quantities=leave`, products that exist keep their stock. With `add`, the age of the file does not matter.
LEAVE_STOCK = """
UPDATE product_import SET quantity = NULL, stocks = NULL, stock_sequence = NULL WHERE product_id IS NOT NULL
"""
FORGET_AGE = "UPDATE product_import SET stock_sequence = NULL WHERE stock_sequence IS NOT NULL"
# A row without a price leaves the price of its product. A new product gets the price 0.00.
KEEP_PRICES = f"""
WITH known AS (
    SELECT row.line, product.price FROM {FILE} AS row
    JOIN products_product AS product ON product.owner_id = %(owner)s AND product.id = row.product_id
    WHERE row.price IS NULL AND ('price' = ANY (row.wrong)) IS NOT TRUE
)
UPDATE product_import AS row SET price = known.price FROM known WHERE known.line = row.line
"""  # noqa: S608
SET_NO_PRICE = """
UPDATE product_import SET price = 0
WHERE product_id IS NULL AND id IS NULL AND price IS NULL AND ('price' = ANY (wrong)) IS NOT TRUE
RETURNING line
"""
# Returns the new products without a quantity. A wrong quantity, or a word in its place, is none that is missing.
COUNT_OR_NOT = f"""
WITH each AS (
    SELECT line, bool_or(quantity IS NOT NULL OR ('quantity' = ANY (wrong || unsaid)) IS TRUE)
        OVER (PARTITION BY {PRODUCT}) AS has_quantity
    FROM {FILE} AS row WHERE product_id IS NULL AND id IS NULL AND keeps_stock IS NULL
)
UPDATE product_import AS row SET keeps_stock = %(counted)s
FROM each WHERE each.line = row.line AND NOT each.has_quantity
RETURNING row.line
"""  # noqa: S608
# Returns the rows that no product matches, but whose external id is that of an archived product.
FIND_ARCHIVED = f"""
SELECT row.line
FROM {FILE} AS row JOIN (
    SELECT DISTINCT lower(external_id) AS external_id FROM products_product
    WHERE owner_id = %(owner)s AND archived_at IS NOT NULL AND external_id IS NOT NULL
) AS product ON product.external_id = lower(row.external_id)
WHERE row.product_id IS NULL AND row.id IS NULL AND NOT row.is_unsure
"""  # noqa: S608
KEPT_MEASURES = {
    "min_threshold": "CASE WHEN coalesce(row.keeps_stock, product.keeps_stock)"
    " THEN coalesce(row.min_threshold, product.min_threshold) END",
    "pack_size": "coalesce(row.pack_size, product.pack_size)",
}
SCALE = ", ".join(f"scale(trim_scale({name}))" for name in AMOUNT_COLUMNS)
# The decimals of a new product are those of its finest amount, in all of its rows.
GIVE_DECIMALS = f"""
WITH finest AS (
    SELECT line, max(greatest(
        {SCALE}, (SELECT max(scale(trim_scale(stock))) FROM unnest(stocks) AS stock)
    )) OVER (PARTITION BY {PRODUCT}) AS decimals
    FROM {FILE} AS row WHERE product_id IS NULL AND decimals IS NULL
)
UPDATE product_import AS row SET decimals = finest.decimals
FROM finest WHERE finest.line = row.line AND finest.decimals > 0
RETURNING row.line
"""  # noqa: S608
# Keeps the values of products where a cell has a word for no value, such as `n/a`.
KEEP_UNSAID = f"""
WITH known AS (
    SELECT row.line, product.* FROM {FILE} AS row
    JOIN products_product AS product ON product.owner_id = %(owner)s AND product.id = row.product_id
    WHERE row.unsaid IS NOT NULL
)
UPDATE product_import AS row SET {{assignments}} FROM known WHERE known.line = row.line
"""  # noqa: S608


def keep_unsaid(cursor: Any, parameters: dict[str, Any], found: Findings) -> None:
    """Keep the values of products where the file has a word for no value. Rows already have quantities, not amounts."""
    names = {column.name: column.target for column in found.layout.columns if column.target}
    if found.rows.has_unsaid and names:
        kept = [
            f"{target} = CASE WHEN '{name}' = ANY (row.unsaid) THEN known.{target} ELSE row.{target} END"
            for name, target in names.items()
        ]
        cursor.execute(KEEP_UNSAID.format(assignments=", ".join(kept)), parameters)


def keep_amounts(cursor: Any, parameters: dict[str, Any], found: Findings) -> list[ProductColumn]:
    """Keep the amounts of products that get other decimals, and return the columns of measures to write besides.

    A product that stops keeping stock loses its threshold, also if the file does not have it.
    """
    names = found.layout.names
    if "decimals" not in names:
        lost = [get_column("min_threshold")] if "keeps_stock" in names and "min_threshold" not in names else []
        return [replace(column, update_expression=KEPT_MEASURES[column.name]) for column in lost]
    missing = [name for name in MEASURES if name not in found.layout.names]
    if missing:
        assignments = ", ".join(sql.KEEP_MEASURE.format(name=name) for name in missing)
        cursor.execute(sql.KEEP_MEASURES.format(assignments=assignments), parameters)
    cursor.execute(sql.KEEP_CODES, parameters)
    found.has_further_codes |= cursor.rowcount > 0
    kept = [(name, get_column(name)) for name in missing]
    return [replace(column, update_expression=KEPT_MEASURES[name]) for name, column in kept]


def apply_choices(cursor: Any, parameters: dict[str, Any], found: Findings) -> None:
    """Apply the choices, and note the lines that they concern."""
    choices = found.layout.choices
    if choices.quantities == LEAVE:
        cursor.execute(LEAVE_STOCK)
    elif choices.quantities == ADD and "stock_sequence" in found.layout.names:
        cursor.execute(FORGET_AGE)
    if choices.no_price == ZERO:
        if "price" in found.layout.names:
            cursor.execute(KEEP_PRICES, parameters)
        cursor.execute(SET_NO_PRICE)
        found.chosen["no_price"] = {line for (line,) in cursor}
    if "external_id" in found.layout.names:
        cursor.execute(FIND_ARCHIVED, parameters)
        found.chosen["archived"] = {line for (line,) in cursor}
    if choices.fractions == AMOUNTS:
        cursor.execute(GIVE_DECIMALS)
        found.chosen["fractions"] = {line for (line,) in cursor}
    leave_out_repeated(cursor, found)
    is_asked = choices.is_moving or choices.no_quantity == UNCOUNTED
    if is_asked and "quantity" in found.layout.names and "location" not in found.layout.names:
        cursor.execute(COUNT_OR_NOT, {"counted": None if choices.no_quantity == ZERO else False})
        found.chosen["no_quantity"] = {line for (line,) in cursor}


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
