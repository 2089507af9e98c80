"""CSV text that no spreadsheet takes for formulas, at whichever delimiter it splits the lines."""

import re
from collections.abc import Iterable
from typing import Any

from core.list_serialization import FORMATTERS

DELIMITERS = ",;|\t"  # spreadsheets split at these, by their language or by the user's choice
INVISIBLE = "\u200b-\u200f\u2060\ufeff"
FORMULA_SIGNS = "=+\\-@\uff1d\uff0b\uff0d\uff20"  # the full-width ones are signs to some spreadsheets, too

# What is quoted: text that any spreadsheet would split, or in which a quote has to be doubled.
SPLIT = re.compile(f'["{DELIMITERS}\r\n]')
# Where a formula begins. Behind a delimiter a quote mark may stand before it: a spreadsheet that splits there drops it.
AT_START = f"(?=['{INVISIBLE}]*[{FORMULA_SIGNS}\t\r])"
AFTER_DELIMITER = f"(?=[\"'{INVISIBLE}]*[{FORMULA_SIGNS}])"
FORMULA_AT_START = re.compile(AT_START)
FORMULA = re.compile(f"\\A{AT_START}|(?<=[{DELIMITERS}\r\n]){AFTER_DELIMITER}")
GUARD = re.compile(f"\\A'{AT_START}|(?<=[{DELIMITERS}\r\n])'{AFTER_DELIMITER}")


def format_csv_line(values: Iterable[Any]) -> str:
    """Return the values as a line of CSV. Text is guard_formulas; numbers are not, so negative ones stay numbers."""
    return ",".join([format_cell(value) for value in values]) + "\r\n"


def format_cell(value: Any) -> str:
    """Return the value as JSON writes it, None as nothing; text with quotes around it where it needs them."""
    if not isinstance(value, str):
        return "" if value is None else str(FORMATTERS.get(type(value), str)(value))
    if not SPLIT.search(value):  # nearly all
        return f"'{value}" if FORMULA_AT_START.match(value) else value
    quoted = guard_formulas(value).replace('"', '""')
    return f'"{quoted}"'


def guard_formulas(text: str) -> str:
    """Return the text with a `'` before each formula that a spreadsheet could find in it."""
    return FORMULA.sub("'", text)


def remove_guards(text: str) -> str:
    """Return the text that `guard_formulas` was given."""
    return GUARD.sub("", text)
