"""CSV in which spreadsheets find no formulas, whichever delimiter they split at."""

import re
from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from itertools import chain
from typing import Any

from core.list_serialization import FORMATTERS

DELIMITERS = ",;|\t"  # spreadsheets split at one of these, depending on locale or settings
STANDARD, EUROPEAN = "standard", "european"
BYTE_ORDER_MARK = "\ufeff"  # by which Excel knows that the file is UTF-8
INVISIBLE = "\u200b-\u200f\u2060\ufeff"
FORMULA_SIGNS = "=+\\-@\uff1d\uff0b\uff0d\uff20"  # some spreadsheets accept the full-width forms

# Text to quote: any spreadsheet would split it, or it contains a quote.
SPLIT = re.compile(f'["{DELIMITERS}\r\n]')
# The start of a formula. After a delimiter, a quote may precede it: a spreadsheet that splits there drops the quote.
AT_START = f"(?=['{INVISIBLE}]*[{FORMULA_SIGNS}\t\r])"
AFTER_DELIMITER = f"(?=[\"'{INVISIBLE}]*[{FORMULA_SIGNS}])"
FORMULA_AT_START = re.compile(AT_START)
FORMULA = re.compile(f"\\A{AT_START}|(?<=[{DELIMITERS}\r\n]){AFTER_DELIMITER}")
GUARD = re.compile(f"\\A'{AT_START}|(?<=[{DELIMITERS}\r\n])'{AFTER_DELIMITER}")


def format_lines(rows: Iterable[Iterable[Any]], dialect: str = STANDARD) -> Iterator[str]:
    """Yield the rows as lines of CSV."""
    lines = map(DIALECTS[dialect], rows)
    return chain([BYTE_ORDER_MARK + next(lines, "")], lines) if dialect == EUROPEAN else lines


def format_csv_line(values: Iterable[Any]) -> str:
    """Return the values as a line of CSV. Formulas in text are guarded; numbers are unchanged, even negative ones."""
    return ",".join([format_cell(value) for value in values]) + "\r\n"


def format_european_line(values: Iterable[Any]) -> str:
    """Return the values as a line of CSV with `;` between cells and `,` in decimals."""
    return ";".join([format_european_cell(value) for value in values]) + "\r\n"


def format_cell(value: Any) -> str:
    """Return the value in its JSON format, None as an empty cell, text in quotes if needed."""
    if not isinstance(value, str):
        return "" if value is None else str(FORMATTERS.get(type(value), str)(value))
    if not SPLIT.search(value):  # almost every text
        return f"'{value}" if FORMULA_AT_START.match(value) else value
    quoted = guard_formulas(value).replace('"', '""')
    return f'"{quoted}"'


def format_european_cell(value: Any) -> str:
    """Return the value as `format_cell()` does, a decimal with a comma."""
    return str(value).replace(".", ",") if isinstance(value, Decimal) else format_cell(value)


DIALECTS: dict[str, Callable[[Iterable[Any]], str]] = {STANDARD: format_csv_line, EUROPEAN: format_european_line}


def guard_formulas(text: str) -> str:
    """Return the text with a `'` before each formula."""
    return FORMULA.sub("'", text)


def remove_guards(text: str) -> str:
    """Return the text without the guards that `guard_formulas` has added."""
    return GUARD.sub("", text)
