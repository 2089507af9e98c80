"""Write rows as CSV, in which spreadsheets find no formulas with any delimiter, or as a workbook (`.xlsx`)."""

import csv
import io
import re
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time
from decimal import Decimal
from itertools import islice
from types import NoneType
from typing import IO, Any

import xlsxwriter

from core.lists.serialization import format_utc

DELIMITERS = ",;|\t"  # spreadsheets split at one of these, depending on locale or settings
STANDARD, EUROPEAN = DIALECTS = ("standard", "european")
DELIMITER = {STANDARD: ",", EUROPEAN: ";"}
# The types of values that `FORMAT_CELL` only converts by str(), and the type of None.
PLAIN_TYPES = {STANDARD: {int, date, Decimal, NoneType}, EUROPEAN: {int, date, NoneType}}
ROWS_AT_A_TIME = 500
BYTE_ORDER_MARK = "\ufeff"  # it tells Excel that the file is UTF-8
INVISIBLE = "\u200b-\u200f\u2060\ufeff"
FORMULA_SIGNS = "=+\\-@\uff1d\uff0b\uff0d\uff20"  # some spreadsheets accept the full-width forms
CELL_START = "\x1f"  # a control character, which no text contains
# The errors that spreadsheets show in place of a formula's value. They also read these texts in a CSV file as errors.
FORMULA_ERROR = (
    r"#(?:N/[AD]|NV|REF!|VALUE!|DIV/0!|NAME\?|NULL!|NUM!|SPILL!|CALC!|ERROR!|FIELD!|BLOCKED!|CONNECT!|UNKNOWN!|BEZUG!|"
    r"WERT!|ZAHL!|ÜBERLAUF!|VALEUR!|NUL!|NOM(?:E|BRE)?[!?]|[¡¿](?:VALOR|NOMBRE|REF|DIV/0|NUM|NULO)[!?]|VALORE?!|RIF!)"
)

SIGN = re.compile(f"[{FORMULA_SIGNS}\t\r#]")  # every formula has one of these characters, and most texts have none
# Matches text that must be quoted because it contains a quote or a character at which a spreadsheet splits.
SPLIT = re.compile(f'["{DELIMITERS}\r\n]')
# Match the start of a formula. After a delimiter it may follow a quote: spreadsheets that split there drop the quote.
AT_START = f"(?=['{INVISIBLE}]*(?:[{FORMULA_SIGNS}\t\r]|{FORMULA_ERROR}(?![^{CELL_START}])))"
AFTER_DELIMITER = f"(?=[\"'{INVISIBLE}]*[{FORMULA_SIGNS}])"
FORMULA_AT_START = re.compile(AT_START)
FORMULA = re.compile(f"\\A{AT_START}|(?<=[{DELIMITERS}\r\n]){AFTER_DELIMITER}")
FORMULA_IN_CELLS = re.compile(CELL_START + AT_START)
GUARD = re.compile(f"\\A'{AT_START}|(?<=[{DELIMITERS}\r\n])'{AFTER_DELIMITER}")


def format_lines(rows: Iterable[Iterable[Any]], dialect: str = STANDARD, *, is_marked: bool = False) -> Iterator[str]:
    """Yield the rows, which have equally many cells, as lines of CSV.

    Files in the European dialect begin with a byte order mark, and so do others with `is_marked`.
    """
    # Rows are formatted by column: most columns have only numbers, or only text that needs no escaping (ADR 10).
    remaining, start = iter(rows), BYTE_ORDER_MARK if is_marked or dialect == EUROPEAN else ""
    while batch := list(islice(remaining, ROWS_AT_A_TIME)):
        columns = [format_column(column, dialect) for column in zip(*batch, strict=True)]
        for line in map(DELIMITER[dialect].join, zip(*columns, strict=True)):
            yield f"{start}{line}\r\n"
            start = ""


def read_lines(text: str) -> Iterator[list[str]]:
    """Yield the rows of a CSV file in the standard dialect of this module, without guards."""
    rows = csv.reader(io.StringIO(text.removeprefix(BYTE_ORDER_MARK), newline=""))
    return ([remove_guards(cell) for cell in row] for row in rows)


def format_column(values: Sequence[Any], dialect: str) -> Iterable[str]:
    """Return each value as `FORMAT_CELL[dialect]` does."""
    types = set(map(type, values))
    if types <= PLAIN_TYPES[dialect]:
        return ["" if value is None else str(value) for value in values]
    if types <= {str, NoneType}:
        texts = ["" if value is None else value for value in values]
        joined = CELL_START + CELL_START.join(texts)
        if not (SPLIT.search(joined) or FORMULA_IN_CELLS.search(joined)):
            return texts
    return map(FORMAT_CELL[dialect], values)


def format_line(values: Iterable[Any], dialect: str = STANDARD) -> str:
    """Return the values as a line of CSV. Formulas in text get a guard; numbers are unchanged, even negative ones."""
    return DELIMITER[dialect].join(map(FORMAT_CELL[dialect], values)) + "\r\n"


def format_cell(value: Any) -> str:
    """Return the value in its JSON format. None becomes an empty cell, and text is quoted if needed."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str):
        return "" if value is None else format_utc(value) if isinstance(value, datetime) else str(value)
    if not SPLIT.search(value):  # almost no text needs quotes
        return f"'{value}" if FORMULA_AT_START.match(value) else value
    quoted = guard_formulas(value).replace('"', '""')
    return f'"{quoted}"'


def format_european_cell(value: Any) -> str:
    """Return the value as `format_cell()` does, but with a decimal comma."""
    return str(value).replace(".", ",") if isinstance(value, Decimal) else format_cell(value)


FORMAT_CELL: dict[str, Callable[[Any], str]] = {STANDARD: format_cell, EUROPEAN: format_european_cell}


def guard_formulas(text: str) -> str:
    """Return the text with a `'` before each formula."""
    return FORMULA.sub("'", text) if SIGN.search(text) else text


def remove_guards(text: str) -> str:
    """Return the text without the guards that `guard_formulas` adds."""
    return GUARD.sub("", text)


CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
OPTIONS = {"constant_memory": True, "strings_to_formulas": False, "strings_to_numbers": False, "strings_to_urls": False}
MAX_NAME_LENGTH = 31  # the most characters in the name of a sheet
MAX_DIGITS = 15  # of a number in a workbook; a longer one is a text, so that it keeps them all
FIRST_DAY = date(1900, 3, 1)  # spreadsheets have no earlier days, or count them in different ways
NARROW, WIDE = 8, 50  # the least and the greatest width of a column, in characters
FORMATS = {"money": "0.00", "date": "yyyy-mm-dd", "moment": "yyyy-mm-dd hh:mm:ss"}


def write_workbook(
    rows: Iterable[Iterable[Any]], titles: int = 0, created: datetime | None = None, name: str = ""
) -> IO[bytes]:
    """Return a temporary file with the rows in one sheet.

    `titles` is the number of rows above the header, which stays visible when somebody scrolls. `name` is that of the
    sheet. If `created` is given, the same rows always give the same bytes.
    """
    file = tempfile.TemporaryFile()  # noqa: SIM115, the caller closes it, which deletes it
    try:
        with tempfile.TemporaryDirectory() as tmp, xlsxwriter.Workbook(file, {**OPTIONS, "tmpdir": tmp}) as book:
            book.set_properties({"created": created})
            formats = {name: book.add_format({"num_format": pattern}) for name, pattern in FORMATS.items()}
            sheet = book.add_worksheet(name[:MAX_NAME_LENGTH] or None)
            sheet.freeze_panes(titles + 1, 0)
            bold, widths = book.add_format({"bold": True}), Counter[int]()
            for number, row in enumerate(rows):
                if number <= titles:
                    sheet.set_row(number, None, bold)
                for column, value in enumerate(row):
                    write_cell(sheet, number, column, value, formats)
                    if number >= titles:
                        widths[column] = max(widths[column], len(str(value)))
            for column, width in widths.items():
                sheet.set_column(column, column, min(max(width + 2, NARROW), WIDE))
    except BaseException:
        file.close()
        raise
    file.seek(0)
    return file


def write_cell(sheet: Any, row: int, column: int, value: Any, formats: dict[str, Any]) -> None:
    """Write one value by its type, or as a text if spreadsheets would change it.

    A text is never stored as a formula, a number or a link.
    """
    if value is None or value == "":
        return
    if isinstance(value, bool):
        sheet.write_boolean(row, column, value)
    elif isinstance(value, Decimal) and len(value.as_tuple().digits) <= MAX_DIGITS:
        # The format of money hides further decimals, also in a CSV file that a spreadsheet program saves.
        sheet.write_number(row, column, float(value), formats["money"] if value == round(value, 2) else None)
    elif isinstance(value, int | float):
        sheet.write_number(row, column, value)
    elif isinstance(value, datetime):
        sheet.write_datetime(row, column, value.astimezone(UTC).replace(tzinfo=None), formats["moment"])
    elif isinstance(value, date) and value >= FIRST_DAY:
        sheet.write_datetime(row, column, datetime.combine(value, time()), formats["date"])
    else:
        text = str(value)
        # The import removes a `'` that looks like a guard, so a text with one gets another. It refuses texts that look
        # like errors of formulas, so these get a guard.
        is_plain = remove_guards(text) == text and not text.startswith("#")
        sheet.write_string(row, column, text if is_plain else guard_formulas(text))
