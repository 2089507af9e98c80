"""Find the bad rows of an import, before anything is written."""

from itertools import groupby
from operator import itemgetter
from typing import Any

from django.utils.translation import gettext

from products.columns import PLACE_COLUMN_NAMES
from products.errors import RowErrors
from stock.importing import sql_bad_rows
from stock.importing.codes import judge_codes


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
        reasons = [gettext(sql_bad_rows.REASONS[reason]).format(*(quoted or ())) for _, _, reason, quoted, _ in found]
        errors.add_error(line, column, " ".join(reasons), cell)
    if errors.total and "codes" in columns:
        judge_codes(cursor, parameters["owner"], errors)
    errors.raise_if_any()
