"""What an import of a shop accepts and changes in rows of imports of products."""

from collections.abc import Callable
from typing import Any

from core.json_forms import Row, Rule, are_ids, has_parts, has_values, is_number, is_text, or_null
from core.kinds import MAX_ID
from stock.importing.history import KINDS, MAX_ROWS_KEPT

NO_TILL_YET = -1  # until FIND_TILLS of desk/takeout/importing/sql.py sets the till
REFUSED_ROW: dict[str, Rule] = {"line": is_number, "column": is_text, "reason": is_text, "cell": is_text}


def are_created(created: Any) -> bool:
    """Return whether these are the ids of the rows that an import has created, by their kinds."""
    return has_values(created, are_ids) and {"products"} <= created.keys() <= KINDS.keys()


def is_refusal(refusal: Any) -> bool:
    """Return whether this is the error of an import that was refused."""
    if not isinstance(refusal, dict) or refusal.keys() != {"detail", "total", "rows"}:
        return False
    rows, total = refusal["rows"], refusal["total"]
    are_rows = isinstance(rows, list) and len(rows) <= MAX_ROWS_KEPT and all(map(is_refused_row, rows))
    return are_rows and is_text(refusal["detail"]) and (total is None or is_number(total))


def has_refusal(row: Row) -> bool:
    """Return whether the error is that of an import which was refused, or null if it was not."""
    refusal = row.get("refusal")
    return not row.get("code") if refusal is None else is_refusal(refusal)


def is_refused_row(row: Any) -> bool:
    return isinstance(row, dict) and row.keys() == REFUSED_ROW.keys() and has_parts(row, **REFUSED_ROW)


JSON_RULES = {"stock_import.created": or_null(are_created)}
ROW_RULES = {"stock_import.refusal": has_refusal}
FURTHER_RULES: dict[str, Rule] = {
    # Then no difference of two such numbers is too large.
    "stock_stockcount.expected": lambda quantity: type(quantity) is int and abs(quantity) <= MAX_ID // 2,
}
COLUMNS = {"stock_performer.till": "id", "stock_seal.shift": "shift"}
# An archive of an earlier release has no tills of performers. They are found when all rows are there.
ARRIVALS: dict[str, Callable[[Row], Row]] = {
    "stock_performer": lambda row: {} if "till" in row else {"till": NO_TILL_YET},
}
