"""Find the bad rows of an import, before anything is written. stock/importing/table.py describes its temporary table.

In a row with malformed cells, only the other cells are checked, and only if they do not depend on a malformed cell. If
a row `is_unsure`, its product is unknown.
"""

from itertools import groupby
from operator import itemgetter
from typing import Any

from django.utils.translation import gettext

from core.fields import FIRST_DAY, MAX_QUANTITY, DateField
from core.money.amounts import may_rename
from core.translation import gettext_noop as _
from products.filing.columns import AMOUNT_COLUMNS, COLUMN_NAMES, say_column
from products.filing.errors import NO_LOCATION, NO_SUPPLIER, NO_TAX, RowErrors
from products.filing.states import REFUSE, SKIP, Findings
from products.models.sql_codes import GTIN
from stock.goods.services import list_models_with_quantities
from stock.importing import table as sql
from stock.importing.attributes import PlannedProfile, ProfilePlanner
from stock.importing.codes import judge_codes
from stock.importing.repeats import (
    PLACE,
    PRODUCT,
    find_first_lines,
    find_same_products,
    has_place_columns,
    list_differing,
    may_repeat,
)
from stock.importing.table import CHANGED_DECIMALS, FILE

# The reasons for which BAD_ROWS refuses a row. `{0}` and `{1}` are its values, and the other names are columns.
REASONS = {
    "unknown id": _("You have no product with this id. Correct it, or empty it to match by {sku} or name."),
    "archived": _("The product with this {0} is archived. Restore it first, or leave this row out."),
    "ambiguous name": _("Several of your products have this name. Add the {id} or {sku} of the one you mean."),
    "no name": _("No product matches this row. Add its name to create it, or correct its {sku}."),
    "no price": _("No product matches this row. Add its price to create it, or correct its {sku} or name."),
    "same product": _("Line {0} has the same product. Keep one of the two lines."),
    "same name": _(
        "Line {0} has the same name and a barcode. Add the barcode or the {sku}, or keep one of the two lines."
    ),
    "same place": _("Line {0} has the same product and place. Keep one of the two lines."),
    "same code": _("Line {0} has the same {1}. Change it in one of the two lines."),
    "taken": _("Another of your products has this {0}. Change it here, or change that product first."),
    "further code": _("This is one of the further codes of a product. Change it here, or change that product first."),
    "code of a kit": _("This is the code of a kit. Change it here, or change that kit first."),
    "unknown supplier": NO_SUPPLIER,
    "unknown tax": NO_TAX,
    "moved": _(
        "The stock has moved since this file was exported: the quantity is now {0}. Export again, or empty"
        " {quantity} and {stock_sequence} to change the rest."
    ),
    "other values": _(
        "Line {0} has the same product with other values. Only its {quantity}, {location}, {lot} and {expires_on}"
        " may differ."
    ),
    "unknown location": NO_LOCATION,
    "no lot": _("This is the date of a lot: add the lot, or empty this cell."),
    "lot without date": _("The lot {0} has no date. Change the lot first, or empty this cell."),
    "date of lot": _("The lot {0} expires on {1}. Change the lot first, or empty this cell."),
    "too fine": _(
        "Quantities of this product are whole numbers. To sell 0.25 kg, add a column decimals with 3 for products by"
        " weight."
    ),
    "too fine for it": _("An amount of this product has at most {0} decimals: round it."),
    "too much": _("This is too high."),
    "decimals fixed": _("The product has been booked or is in a list with quantities, so its decimals stay {0}."),
    "unit fixed": _("The product has been booked or is in a list with quantities, so its unit stays {0}."),
    "has stock": _("{0} are in stock: book or count them away before you stop counting the stock of this product."),
    "keeps no stock": _("The stock of this product is not counted: empty the quantity, or set {keeps_stock} to yes."),
    "early": DateField.default_error_messages["early"],
    "two dates": _("Line {0} has the same lot with another date. Change one of the two."),
}

# The reasons whose cause may be another line of the file, and the choice with which a row with a reason is right.
OF_OTHER_LINES = {"same product", "same name", "same place", "same code", "other values", "two dates"}
NAMING_COLUMNS = {"archived", "same code", "taken"}  # the last value is a column
OF_PRODUCTS = {"taken", "further code"}  # reasons that mean: a product of the shop has the code
CHOICE_OF_REASON = {
    "no price": "no_price", "too fine": "fractions", "same product": "repeated", "same place": "repeated",
}  # fmt: skip
# The most times that the rows are judged again after wrong ones were left out. Two suffice for nearly every file. The
# first one leaves out lines that are wrong by themselves, the second one those that conflict with other lines. Each
# round reads the whole file.
MAX_ROUNDS = 6

# Returns the rows with a SKU, barcode or external id that another product has. A row without an id has the product with
# its SKU.
TAKEN_CODES = "UNION ALL".join(
    f"""
    SELECT row.line, '{column}', 'taken', ARRAY['{column}']
    FROM {FILE} AS row JOIN products_product AS product
        ON product.owner_id = %(owner)s AND product.archived_at IS NULL AND NOT product.{column} = ''
        AND lower(product.{column}) = lower(row.{column})
    WHERE row.{column} <> '' AND NOT row.is_unsure AND product.id IS DISTINCT FROM row.product_id{condition}
    """  # noqa: S608
    for column, condition in (("sku", " AND row.id IS NOT NULL"), ("barcode", ""), ("external_id", ""))
)
# Returns the rows with a SKU or barcode that is a further code of a product, or a code of a kit.
FURTHER_CODES = "UNION ALL".join(
    f"""
    SELECT row.line, '{column}', '{reason}', NULL
    FROM {FILE} AS row JOIN {table} AS code
        ON code.owner_id = %(owner)s AND lower(code.code) = lower(row.{column}){condition}
    WHERE row.{column} <> ''
    """  # noqa: S608
    for column in ("sku", "barcode")
    for reason, table, condition in (
        ("further code", "products_code", " AND code.is_live"),
        ("code of a kit", "products_kitcode", ""),
    )
)
# Returns the rows with a SKU or external id that an earlier row of another product has. In a file with places, rows of
# one product may repeat its codes, so the rows of unknown products are not compared.
SAME_CODES = "UNION ALL".join(
    f"""
    SELECT line, '{column}', 'same code', ARRAY[first::text, '{column}']
    FROM (
        SELECT line, product, row_number() OVER same_product AS number, first_value(line) OVER same_code AS first,
            first_value(product) OVER same_code AS first_product
        FROM file WHERE {column} <> ''{{comparable}}
        WINDOW same_product AS (PARTITION BY product ORDER BY line),
            same_code AS (PARTITION BY lower({column}) ORDER BY line)
    ) AS twice WHERE number = 1 AND product <> first_product
    """  # noqa: S608
    for column in ("sku", "external_id")
)

# Returns the rows with nothing but a name, if another row has this name and a barcode, which may be the same product.
UNKNOWN = "product_id IS NULL AND coalesce(sku, '') = '' AND coalesce(external_id, '') = '' AND name <> ''"
SAME_NAMES = f"""
    SELECT row.line, 'name', 'same name', ARRAY[other.line::text]
    FROM product_import AS row JOIN (
        SELECT lower(name) AS name, min(line) AS line FROM product_import WHERE {UNKNOWN} AND barcode <> ''
        GROUP BY lower(name)
    ) AS other ON other.name = lower(row.name)
    WHERE row.line IN (SELECT line FROM product_import WHERE {UNKNOWN} AND coalesce(barcode, '') = '')
"""  # noqa: S608
# Returns the line, the column, the reason, the values that its text quotes, and the cell of each bad row. The reasons
# are the keys of REASONS.
BAD_ROWS = f"""
WITH file AS (
    SELECT line, id, sku, external_id, is_unsure, {PRODUCT} AS product, {PLACE} AS place FROM product_import
), numbers AS (
    SELECT row.line, row.product_id, row.first_line, row.is_unsure, row.barcode, row.gtin, present.id IS NULL AS is_new
    FROM {FILE} AS row LEFT JOIN products_product AS present
        ON present.owner_id = %(owner)s AND present.id = row.product_id AND present.barcode = row.barcode
    WHERE row.gtin IS NOT NULL
), bad (line, column_name, reason, quoted) AS (
    SELECT row.line, 'id', CASE WHEN product.id IS NULL THEN 'unknown id' ELSE 'archived' END, ARRAY['id']
    FROM {FILE} AS row LEFT JOIN products_product AS product ON product.owner_id = %(owner)s AND product.id = row.id
    WHERE row.id IS NOT NULL AND row.product_id IS NULL
    UNION ALL
    SELECT row.line, 'name', 'ambiguous name', NULL
    FROM {FILE} AS row JOIN (
        SELECT lower(name) AS name FROM products_product
        WHERE owner_id = %(owner)s AND archived_at IS NULL
            AND lower(name) IN (SELECT lower(name) FROM product_import WHERE product_id IS NULL AND id IS NULL)
        GROUP BY lower(name) HAVING count(*) > 1
    ) AS twice ON twice.name = lower(row.name)
    WHERE row.product_id IS NULL AND row.id IS NULL AND coalesce(row.sku, '') = ''
        AND coalesce(row.external_id, '') = '' AND NOT row.is_unsure
    UNION ALL
    SELECT line, 'name', 'no name', NULL
    FROM product_import WHERE product_id IS NULL AND id IS NULL AND coalesce(name, '') = '' AND NOT is_unsure
    UNION ALL
    SELECT line, 'price', 'no price', NULL
    FROM product_import WHERE product_id IS NULL AND id IS NULL AND price IS NULL AND NOT is_unsure
    UNION ALL
    {SAME_CODES}
    UNION ALL
    {SAME_NAMES}
    UNION ALL
    SELECT line, 'barcode', 'same code', ARRAY[first::text, 'barcode']
    FROM (
        SELECT line, first_line, row_number() OVER same AS number, first_value(line) OVER same AS first
        FROM product_import WHERE barcode <> ''{{comparable}}
        WINDOW same AS (PARTITION BY lower(barcode) ORDER BY line)
    ) AS numbered WHERE number > 1 AND first_line IS NULL
    UNION ALL
    SELECT line, 'supplier', 'unknown supplier', NULL
    FROM product_import WHERE supplier <> '' AND supplier_id IS NULL
    UNION ALL
    SELECT line, 'tax', 'unknown tax', NULL FROM product_import WHERE tax <> '' AND tax_id IS NULL
    UNION ALL
    {TAKEN_CODES}
    UNION ALL
    {FURTHER_CODES}
    UNION ALL
    SELECT row.line, 'expiration_date', 'early', NULL
    FROM {FILE} AS row
    LEFT JOIN products_product AS product ON product.owner_id = %(owner)s AND product.id = row.product_id
    WHERE row.expiration_date < '{FIRST_DAY}' AND row.expiration_date IS DISTINCT FROM product.expiration_date
        AND NOT row.is_unsure
    {{more}}
    {{amounts}}
)
SELECT bad.line, column_name, reason, quoted, coalesce(CASE
    WHEN row.product_decimals > 0 AND column_name IN {AMOUNT_COLUMNS} THEN trim_scale(
        (to_jsonb(row) ->> column_name)::numeric / (ARRAY[1, 10, 100, 1000])[row.product_decimals + 1]
    )::text ELSE to_jsonb(row) ->> column_name END, ''), row.product_id IS NULL
FROM bad JOIN {FILE} AS row ON row.line = bad.line
WHERE (column_name = ANY (row.wrong)) IS NOT TRUE
ORDER BY 1, 2, 3
"""  # noqa: S608

MOVED = """
    UNION ALL
    SELECT line, 'stock_sequence', 'moved', ARRAY[quantity::text]
    FROM ({present}) AS present WHERE wanted <> quantity
"""
MOVED_PRODUCTS = MOVED.format(
    present=f"""
        SELECT row.line, row.quantity AS wanted, product.quantity
        FROM {FILE} AS row JOIN products_product AS product
            ON product.owner_id = %(owner)s AND product.id = row.product_id
        WHERE row.stock_sequence IS NOT NULL AND row.stock_sequence <> product.stock_sequence
    """  # noqa: S608
)
# The same for a file with places. In it, a quantity is that of a holding, or of the stock that is not held.
MOVED_HOLDINGS = MOVED.format(
    present=f"""
        SELECT row.line, row.quantity AS wanted,
            CASE WHEN {PLACE} = E'\\n' THEN product.quantity - product.held ELSE coalesce(holding.quantity, 0) END
                AS quantity
        FROM {FILE} AS row
        JOIN products_product AS product ON product.owner_id = %(owner)s AND product.id = row.product_id
        LEFT JOIN (
            SELECT holding.product_id, holding.quantity,
                lower(coalesce(location.name, '')) || E'\\n' || lower(coalesce(lot.code, '')) AS place
            FROM stock_holding AS holding
            LEFT JOIN stock_location AS location
                ON location.owner_id = %(owner)s AND location.id = holding.location_id
            LEFT JOIN stock_lot AS lot ON lot.owner_id = %(owner)s AND lot.id = holding.lot_id
            WHERE holding.owner_id = %(owner)s
        ) AS holding ON holding.product_id = row.product_id AND holding.place = {PLACE}
        WHERE row.stock_sequence <> product.stock_sequence AND (row.wrong && ARRAY['location', 'lot']) IS NOT TRUE
    """  # noqa: S608
)
BAD_PLACES = f"""
    UNION ALL
    SELECT line, 'location', 'unknown location', NULL
    FROM {FILE} AS row
    WHERE location <> '' AND lower(location) NOT IN (
        SELECT lower(name) FROM stock_location WHERE owner_id = %(owner)s AND archived_at IS NULL
    )
    UNION ALL
    SELECT line, 'expires_on', 'no lot', NULL
    FROM product_import WHERE expires_on IS NOT NULL AND coalesce(lot, '') = '' AND ('lot' = ANY (wrong)) IS NOT TRUE
    UNION ALL
    SELECT row.line, 'expires_on', CASE WHEN lot.expires_on IS NULL THEN 'lot without date' ELSE 'date of lot' END,
        ARRAY[lot.code, lot.expires_on::text]
    FROM {FILE} AS row JOIN stock_lot AS lot
        ON lot.owner_id = %(owner)s AND lot.product_id = row.product_id AND lower(lot.code) = lower(row.lot)
    WHERE row.expires_on IS DISTINCT FROM lot.expires_on AND row.expires_on IS NOT NULL
    UNION ALL
    SELECT row.line, 'expires_on', 'early', NULL
    FROM {FILE} AS row LEFT JOIN stock_lot AS lot
        ON lot.owner_id = %(owner)s AND lot.product_id = row.product_id AND lower(lot.code) = lower(row.lot)
    WHERE row.expires_on < '{FIRST_DAY}' AND lot.expires_on IS NULL
    UNION ALL
    SELECT line, 'expires_on', 'two dates', ARRAY[first::text]
    FROM (
        SELECT line, expires_on, first_value(line) OVER same AS first, first_value(expires_on) OVER same AS first_date
        FROM product_import WHERE lot <> '' AND expires_on IS NOT NULL
        WINDOW same AS (PARTITION BY {PRODUCT}, lower(lot) ORDER BY line)
    ) AS twice WHERE expires_on <> first_date
"""  # noqa: S608
# Returns the rows with a new GTIN that another product or an earlier row has in another form.
SAME_GTINS = f"""
    UNION ALL
    SELECT row.line, 'barcode', 'taken', ARRAY['barcode']
    FROM numbers AS row JOIN products_product AS product
        ON product.owner_id = %(owner)s AND product.archived_at IS NULL
        AND {GTIN.format(column="product.barcode")} = row.gtin
    WHERE row.is_new AND row.barcode <> product.barcode AND NOT row.is_unsure
        AND product.id IS DISTINCT FROM row.product_id
    UNION ALL
    SELECT row.line, 'barcode', 'further code', NULL
    FROM numbers AS row JOIN products_code AS code
        ON code.owner_id = %(owner)s AND code.is_live AND {GTIN.format(column="code.code")} = row.gtin
    WHERE row.is_new AND row.barcode <> code.code
    UNION ALL
    SELECT line, 'barcode', 'same code', ARRAY[first::text, 'barcode']
    FROM (
        SELECT line, barcode, is_new, first_value(line) OVER same AS first,
            first_value(barcode) OVER same AS first_barcode, first_value(is_new) OVER same AS is_first_new
        FROM numbers WHERE first_line IS NULL WINDOW same AS (PARTITION BY gtin ORDER BY line)
    ) AS twice WHERE barcode <> first_barcode AND (is_new OR is_first_new)
"""  # noqa: S608

# Returns the rows that FIND_ARCHIVED of stock/importing/choosing.py has found.
ARCHIVED = """
    UNION ALL
    SELECT line, 'external_id', 'archived', ARRAY['external_id']
    FROM product_import WHERE line = ANY(%(archived)s::integer[])
"""

# Returns the rows whose quantities are not whole numbers after READ_AMOUNTS.
BAD_AMOUNTS = "".join(
    f"""
    UNION ALL
    SELECT line, '{column}', CASE
        WHEN row.{column} > {MAX_QUANTITY} THEN 'too much'
        WHEN coalesce(row.product_decimals, 0) = 0 THEN 'too fine' ELSE 'too fine for it'
    END, ARRAY[row.product_decimals::text]
    FROM product_import AS row WHERE row.{column} <> trunc(row.{column}) OR row.{column} > {MAX_QUANTITY}
    """  # noqa: S608
    for column in AMOUNT_COLUMNS
)
# Returns the rows that would give stock to a product without it, or leave some in one.
BAD_KEEPING = f"""
    UNION ALL
    SELECT row.line, 'keeps_stock', 'has stock', ARRAY[product.quantity::text]
    FROM {FILE} AS row
    JOIN products_product AS product ON product.owner_id = %(owner)s AND product.id = row.product_id
    WHERE NOT row.keeps_stock AND product.quantity > 0
    UNION ALL
    SELECT row.line, 'quantity', 'keeps no stock', NULL
    FROM {FILE} AS row
    LEFT JOIN products_product AS product ON product.owner_id = %(owner)s AND product.id = row.product_id
    WHERE NOT coalesce(row.keeps_stock, product.keeps_stock, true) AND (row.quantity > 0 OR 0 < ANY (row.stocks))
"""  # noqa: S608
# The same for the quantities of columns of places.
BAD_STOCKS = f"""
    UNION ALL
    SELECT line, 'quantity', CASE
        WHEN stock > {MAX_QUANTITY} THEN 'too much'
        WHEN coalesce(product_decimals, 0) = 0 THEN 'too fine' ELSE 'too fine for it'
    END, ARRAY[product_decimals::text]
    FROM product_import CROSS JOIN LATERAL unnest(stocks) AS stock
    WHERE stock <> trunc(stock) OR stock > {MAX_QUANTITY}
"""  # noqa: S608
# Returns the rows with decimals that do not fit the product's present further codes.
BAD_CODES = f"""
    UNION ALL
    SELECT line, 'decimals', CASE WHEN factor < 1 THEN 'too fine for it' ELSE 'too much' END, ARRAY[decimals::text]
    FROM {CHANGED_DECIMALS} AS changed WHERE code_count > 0 AND coalesce(codes, codes_text) = codes_text
"""  # noqa: S608


def make_fixed(column: str, values: str) -> str:
    """Return the statement of the rows with another value in this column, if the product has quantities anywhere."""
    tables = [model._meta.db_table for model in list_models_with_quantities()]
    exist = " OR ".join(
        f"EXISTS (SELECT FROM {table} WHERE owner_id = %(owner)s AND product_id = product.id)" for table in tables
    )
    return f"""
    SELECT row.line, '{column}', '{column} fixed', {values}
    FROM {FILE} AS row
    JOIN products_product AS product ON product.owner_id = %(owner)s AND product.id = row.product_id
    WHERE row.{column} <> product.{column} AND ({exist})
    """  # noqa: S608


def make_statement(found: Findings) -> str:
    """Return the statement that finds the bad rows of this file."""
    layout = found.layout
    same_gtins = SAME_GTINS if "barcode" in layout.names else ""
    amounts = BAD_AMOUNTS + BAD_KEEPING + (BAD_STOCKS if layout.stocks else "")
    if "decimals" in layout.names:
        amounts += f"{BAD_CODES} UNION ALL {make_fixed('decimals', 'ARRAY[product.decimals::text]')}"
    if layout.choices.archived == REFUSE:
        amounts += ARCHIVED
    more = MOVED_HOLDINGS + BAD_PLACES if has_place_columns(layout) else MOVED_PRODUCTS
    comparable = " AND NOT is_unsure" if may_repeat(layout) else ""
    return BAD_ROWS.format(more=more + find_same_products(found) + same_gtins, comparable=comparable, amounts=amounts)


def judge_units(cursor: Any, parameters: dict[str, Any], errors: RowErrors) -> None:
    """Record the rows whose unit would change the meaning of their product's quantities."""
    cursor.execute(make_fixed("unit", "row.unit, product.unit, product.decimals"), parameters)
    for line, column, reason, new, old, decimals in cursor.fetchall():
        if not may_rename(old, new, decimals):
            errors.add_error(line, column, write_reason(reason, old), new)


def write_reason(reason: str, *quoted: str) -> str:
    """Return the text of a reason with its values. The last value may be the name of a column."""
    if reason in NAMING_COLUMNS:
        quoted = (*quoted[:-1], say_column(quoted[-1]))
    return gettext(str(REASONS[reason])).format(*quoted, **{name: say_column(name) for name in COLUMN_NAMES})


def check_rows(cursor: Any, parameters: dict[str, Any], found: Findings) -> list[PlannedProfile]:
    """Return the profiles to write. Raise InvalidRows if there are bad rows, also if reading the file has found them.

    With `wrong_rows=skip`, leave the bad rows out instead, as long as others are left, which are judged again: some may
    have been bad only because of those. Of a row in which only the barcode is wrong, leave out only this.
    """
    planned = judge_rows(cursor, parameters, found)
    rounds_left = MAX_ROUNDS if found.layout.choices.wrong_rows == SKIP else 0
    while rounds_left and found.errors.total and (barcodes := found.take_out()) is not None:
        rounds_left -= 1
        found.rows.check_time()
        if barcodes:
            cursor.execute(sql.LEAVE_BARCODES, {**parameters, "lines": barcodes})
        cursor.execute(sql.LEAVE_OUT, {"lines": list(found.left_rows)})
        if may_repeat(found.layout):
            cursor.execute(sql.FORGET_FIRST_LINES)
        planned = judge_rows(cursor, parameters, found)
    found.errors.raise_if_any()
    return planned


def judge_rows(cursor: Any, parameters: dict[str, Any], found: Findings) -> list[PlannedProfile]:
    """Return the profiles to write, and record the bad rows. A wrong cell is one error with all of its reasons."""
    errors, layout = found.errors, found.layout
    find_first_lines(cursor, found)
    lists = {"archived": list(found.chosen["archived"]), "may_differ": list_differing(layout)}
    cursor.execute(make_statement(found), parameters | lists)
    for (line, column, cell, is_new), group in groupby(cursor, itemgetter(0, 1, 4, 5)):
        rows = [(reason, quoted) for _, _, reason, quoted, *_ in group]
        reasons = dict.fromkeys(write_reason(reason, *(quoted or ())) for reason, quoted in rows)
        names = {reason for reason, _ in rows}
        quoted_cell = found.rows.quote_number(column, cell)
        errors.add_error(line, column, " ".join(reasons), quoted_cell, depends=names <= OF_OTHER_LINES)
        if is_new and column == "barcode" and names & OF_PRODUCTS:
            found.taken.add(line)
        for name in names & CHOICE_OF_REASON.keys():
            found.chosen[CHOICE_OF_REASON[name]].add(line)
    if "unit" in layout.names:
        judge_units(cursor, parameters, errors)
    planned = ProfilePlanner(cursor, parameters["owner"], found).plan() if layout.beside else []
    if (errors.total or layout.choices.wrong_rows == SKIP) and found.may_have_codes:
        judge_codes(cursor, parameters["owner"], found)
    return planned
