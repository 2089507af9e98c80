"""Combine rows of an import with the same product. The choice `repeated` is for rows with the same place, too.

Each row is checked and compared with the first row of its product. With `repeated=add`, the quantities are added after
all rows are checked, so that the quantity of a wrong row is not added. stock/importing/table.py describes the temporary
table.
"""

from typing import Any

from core.fields import MAX_QUANTITY
from products.filing.columns import FIELD, PLACE_COLUMN_NAMES
from products.filing.states import ADD, FIRST, Columns, Findings
from stock.importing.table import FILE

# PRODUCT and PLACE are equal for rows with the same product, which may be new, and the same place.
PRODUCT = """CASE WHEN is_unsure THEN 'l' || line ELSE coalesce(
    product_id::text, 's' || lower(nullif(sku, '')), 'e' || lower(nullif(external_id, '')),
    'n' || lower(nullif(name, '')) || E'\\n' || lower(coalesce(barcode, '')), 'l' || line
) END"""
PLACE = """CASE WHEN wrong && ARRAY['location', 'lot'] THEN 'l' || line
    ELSE lower(coalesce(location, '')) || E'\\n' || lower(coalesce(lot, '')) END"""
KEY_COLUMN = """CASE
    WHEN id IS NOT NULL THEN 'id' WHEN sku <> '' THEN 'sku' WHEN external_id <> '' THEN 'external_id' ELSE 'name'
END"""
# The columns in which rows of one product may differ. Equal names of links have equal ids.
OF_A_ROW = """ARRAY[
    'line', 'first_line', 'wrong', 'unsaid', 'barcode_cell', 'gtin', 'product_decimals', 'quantity', 'location', 'lot',
    'expires_on', 'supplier_id', 'category_id', 'tax_id', 'profile', 'stocks', 'change_sequence',
    'changed_since', 'conflicts'
]"""
# Further columns in which they may differ if their quantities are added and a code identifies the product.
OF_A_DELIVERY = ("cost_price", "supplier", "expiration_date")

# In a file with places, and with `repeated=add`, several rows may have the same product. The statement stores the line
# of the first one in the others.
FIND_FIRST_LINES = f"""
UPDATE product_import AS row SET first_line = found.first_line
FROM (
    SELECT line, first_value(line) OVER (PARTITION BY {PRODUCT} ORDER BY line) AS first_line FROM product_import
) AS found
WHERE row.line = found.line AND found.first_line <> found.line
"""  # noqa: S608
# Returns the rows that have the product and the place of an earlier one. Rows with a wrong cell count as later ones.
FIND_REPEATED = f"""
SELECT line FROM (
    SELECT line, row_number() OVER (PARTITION BY {PRODUCT}, {PLACE} ORDER BY wrong IS NOT NULL, line) AS number
    FROM product_import
) AS row WHERE number > 1
"""  # noqa: S608
LEAVE_OUT_REPEATED = f"DELETE FROM product_import WHERE line IN ({FIND_REPEATED}) RETURNING line"  # noqa: S608
# Returns the rows that are refused because an earlier one has the same product and place.
SAME_PLACES = f"""
    UNION ALL
    SELECT line, {KEY_COLUMN}, CASE WHEN place = E'\\n' THEN 'same product' ELSE 'same place' END, ARRAY[first::text]
    FROM (
        SELECT line, id, sku, external_id, place, row_number() OVER same AS number, first_value(line) OVER same AS first
        FROM file WINDOW same AS (PARTITION BY product, place ORDER BY line)
    ) AS twice WHERE number > 1
"""  # noqa: S608
TOO_MUCH = f"""
    UNION ALL
    SELECT line, 'quantity', 'too much', NULL
    FROM (
        SELECT line, sum(quantity) OVER (PARTITION BY {PRODUCT}, {PLACE} ORDER BY line) AS total FROM product_import
    ) AS added WHERE total > {MAX_QUANTITY}
"""  # noqa: S608
# The rows with the product of an earlier one, each with the values of both.
PAIRS = f"""
    SELECT row.line, row.id, row.sku, row.external_id, row.barcode, row.first_line,
        to_jsonb(row) || coalesce(row.profile, '{{}}') AS one,
        to_jsonb(first) || coalesce(first.profile, '{{}}') AS other,
        coalesce(first.wrong || row.wrong, '{{}}') AS wrong
    FROM {FILE} AS row JOIN {FILE} AS first ON first.line = row.first_line
"""  # noqa: S608
OTHER_VALUES = f"""
    UNION ALL
    SELECT line, {KEY_COLUMN}, 'other values', ARRAY[first_line::text]
    FROM ({PAIRS}) AS pair CROSS JOIN LATERAL (SELECT {OF_A_ROW} || wrong || CASE
        WHEN id IS NOT NULL OR sku <> '' OR external_id <> '' OR barcode <> '' THEN %(may_differ)s::text[] ELSE '{{}}'
    END AS names) AS ignored
    WHERE """  # noqa: S608
EXACTLY, WITHOUT_CASE = "one - names <> other - names", "lower((one - names)::text) <> lower((other - names)::text)"
FIND_DIFFERING = f"""
SELECT line FROM ({PAIRS}) AS pair CROSS JOIN LATERAL (SELECT {OF_A_ROW} AS names) AS ignored
WHERE {WITHOUT_CASE} ORDER BY line
"""  # noqa: S608
# Gives the sum of the quantities at a place to the first of its rows, and none to the others.
ADD_QUANTITIES = f"""
UPDATE product_import AS row SET quantity = CASE WHEN added.number = 1 THEN added.total END
FROM (
    SELECT line, sum(quantity) OVER same AS total, row_number() OVER (same ORDER BY line) AS number,
        count(*) OVER same AS rows
    FROM product_import WINDOW same AS (PARTITION BY coalesce(first_line, line), {PLACE})
) AS added
WHERE added.line = row.line AND added.rows > 1
"""  # noqa: S608
# Does the same for the quantities in columns of places.
ADD_STOCKS = """
WITH added AS (
    SELECT first, array_agg(total ORDER BY number) AS totals FROM (
        SELECT coalesce(first_line, line) AS first, number, sum(stock) AS total
        FROM product_import CROSS JOIN LATERAL unnest(stocks) WITH ORDINALITY AS given (stock, number) GROUP BY 1, 2
    ) AS each GROUP BY first
)
UPDATE product_import AS row SET stocks = CASE WHEN row.first_line IS NULL THEN added.totals END
FROM added WHERE added.first = coalesce(row.first_line, row.line)
"""


def has_place_columns(layout: Columns) -> bool:
    """Return whether the file has columns with the names of places.

    Its quantities then belong to places, and rows may repeat products.
    """
    return not {*PLACE_COLUMN_NAMES}.isdisjoint(layout.names)


def may_repeat(layout: Columns) -> bool:
    """Return whether several rows may have the same product."""
    return has_place_columns(layout) or layout.choices.repeated == ADD


def list_differing(layout: Columns) -> list[str]:
    """Return the columns in which rows with the same code may differ, because their quantities are added."""
    names = [*OF_A_DELIVERY, *(name for name in layout.beside if name.startswith(FIELD))]
    return names if layout.choices.repeated == ADD else []


def find_same_products(found: Findings) -> str:
    """Return the part of a statement that finds the bad rows among those with the same product."""
    if found.layout.choices.repeated == ADD:
        return OTHER_VALUES + WITHOUT_CASE + TOO_MUCH * bool(found.chosen["repeated"])
    return (OTHER_VALUES + EXACTLY) * has_place_columns(found.layout) + SAME_PLACES


def find_first_lines(cursor: Any, found: Findings) -> None:
    """Find the first row of each product, and note the rows that add something to it."""
    if may_repeat(found.layout):
        cursor.execute(FIND_FIRST_LINES)
    if found.layout.choices.repeated == ADD:
        if number := cursor.rowcount:
            cursor.execute(FIND_REPEATED)
        found.chosen["repeated"] = {line for (line,) in cursor} if number else set()


def leave_out_repeated(cursor: Any, found: Findings) -> None:
    """Leave out the rows of a product after the first one at each place, if that is the choice."""
    if found.layout.choices.repeated == FIRST:
        cursor.execute(LEAVE_OUT_REPEATED)
        found.chosen["repeated"] = {line for (line,) in cursor}


def add_repeated(cursor: Any, found: Findings) -> None:
    """Add the quantities of rows with the same product and place, if that is the choice."""
    if found.layout.choices.repeated == ADD and found.chosen["repeated"]:
        cursor.execute(FIND_DIFFERING)
        found.other_values = [line for (line,) in cursor]
        cursor.execute(ADD_QUANTITIES)
        if found.layout.stocks:
            cursor.execute(ADD_STOCKS)
