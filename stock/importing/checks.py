"""Find the bad rows of an import, before anything is written."""

from itertools import groupby
from operator import itemgetter
from typing import Any

from products.columns import PLACE_COLUMN_NAMES
from products.errors import RowErrors
from stock.importing import sql_bad_rows
from stock.importing.codes import judge_codes

# The reasons for which FIND_BAD_ROWS refuses a row. `{0}` and `{1}` are its values.
REASONS = {
    "unknown id": "You have no product with this id. Correct it, or empty it to match by sku or name.",
    "ambiguous name": "Several of your products have this name. Add the id or sku of the one you mean.",
    "no name": "No product matches this row. Add its name to create it, or correct its sku.",
    "no price": "No product matches this row. Add its price to create it, or correct its sku or name.",
    "same product": "Line {0} has the same product. Keep one of the two lines.",
    "same place": "Line {0} has the same product and place. Keep one of the two lines.",
    "same code": "Line {0} has the same {1}. Change it in one of the two lines.",
    "taken": "Another of your products has this {0}. Change it here, or change that product first.",
    "further code": "This is one of the further codes of a product. Change it here, or change that product first.",
    "unknown supplier": "You have no supplier with this name. Create it first, or leave the cell empty.",
    "moved": "The stock has moved since this file was exported: the quantity is now {0}. Export again, or empty"
    " quantity and stock_sequence to change the rest.",
    "other values": "Line {0} has the same product with other values. Only its quantity, location, lot and expires_on"
    " may differ.",
    "unknown location": "You have no location with this name. Create it first, or leave the cell empty.",
    "no lot": "This is the date of a lot: add the lot, or empty this cell.",
    "lot without date": "The lot {0} has no date. Change the lot first, or empty this cell.",
    "date of lot": "The lot {0} expires on {1}. Change the lot first, or empty this cell.",
    "two dates": "Line {0} has the same lot with another date. Change one of the two.",
}


def has_place_columns(columns: list[str]) -> bool:
    """Return whether the file has columns of places.

    Its quantities then belong to places, and rows may repeat products.
    """
    return not {*PLACE_COLUMN_NAMES}.isdisjoint(columns)


def check_rows(cursor: Any, parameters: dict[str, Any], columns: list[str], errors: RowErrors) -> None:
    """Raise InvalidRows if there are bad rows. They include those that were found while the file was read.

    A wrong cell is one error, which may have several reasons.
    """
    if has_place_columns(columns):
        cursor.execute(sql_bad_rows.FIND_FIRST_LINES)
        cursor.execute(sql_bad_rows.FIND_BAD_ROWS_WITH_PLACES, parameters)
    else:
        cursor.execute(sql_bad_rows.FIND_BAD_ROWS, parameters)
    for (line, column, cell), found in groupby(cursor, itemgetter(0, 1, 4)):
        reasons = [REASONS[reason].format(*(quoted or ())) for _, _, reason, quoted, _ in found]
        errors.add_error(line, column, " ".join(reasons), cell)
    if errors.total and "codes" in columns:
        judge_codes(cursor, parameters["owner"], errors)
    errors.raise_if_any()
