"""Import products from a CSV file.

The file is read and validated line by line, and its rows are copied into a temporary table of the transaction, so
memory does not grow with the file. `import_rows.py` writes the products.
"""

import csv
import re
from collections.abc import Iterator
from itertools import chain
from typing import Any

from django.core.files import File
from django.db import OperationalError, connection
from rest_framework import serializers

from core.csv_text import remove_guards
from core.fields import (
    MAX_QUOTED_LENGTH,
    TextField,
)
from core.transactions import AccountLock, is_lock_timeout, lock_account, set_time_limit
from products import import_sql as sql
from products.columns import COLUMN_NAMES, COLUMNS, COLUMNS_BY_NAME, REQUIRED
from products.errors import ImportRunning, InvalidFile, RowErrors, TooManyRows
from products.import_rows import ImportedRows, write_rows

DELIMITERS = ",;\t"
MAX_ROWS = 100_000  # per file. Memory of the worker and time of a reversal were measured with this number
MAX_LINE_BYTES = 1024 * 1024  # a line that consists of commas takes eight times its size in memory
MAX_COLUMNS = 100
ZIP_SIGNATURE = b"PK\x03\x04"  # the first bytes of .xlsx and .ods files
TIMEOUT_SECONDS = 60

# A cell that matches its column's pattern is valid and needs no conversion, so the field need not validate it. Most
# cells match, and a large file is validated in a tenth of the time. A cell with a `'`, which may be a guard, never
# matches.
PLAIN_TEXT = r"[!-&(-~]([ -&(-~]{0,%d}[!-&(-~])?"
PLAIN_AMOUNT, PLAIN_QUANTITY = r"[0-9]{1,10}(\.[0-9]{1,2})?", r"[0-9]{1,9}"
PLAIN_CELL_PATTERNS = {
    column.name: re.compile(PLAIN_TEXT % ((column.field.max_length or 2) - 2))
    for column in COLUMNS
    if isinstance(column.field, TextField)
} | {
    "price": re.compile(PLAIN_AMOUNT),
    "cost_price": re.compile(PLAIN_AMOUNT),
    "quantity": re.compile(PLAIN_QUANTITY),
    "min_threshold": re.compile(PLAIN_QUANTITY),
}


def import_file(*, owner_id: int, file: Any) -> ImportedRows:
    """Create and update the account's products from the file, in the caller's transaction, without booking quantities.

    Imports of one account run one after the other, so a file that is sent twice finds the products of the first
    import. Raise InvalidFile, TooManyRows, InvalidRows or ImportRunning; the caller must then roll back.
    """
    with connection.cursor() as cursor:
        set_time_limit(TIMEOUT_SECONDS)
        cursor.execute(sql.CREATE_TABLE)
        columns, errors = copy_rows(cursor, file)
        cursor.execute(sql.INDEX_TABLE)
        wait_for_other_imports(owner_id)
        lock_account(owner_id, AccountLock.CATALOGUE, shared=True)
        return write_rows(cursor, owner_id, columns, errors)


def wait_for_other_imports(owner_id: int) -> None:
    """Lock the account against other imports. Raise ImportRunning if one takes too long."""
    try:
        lock_account(owner_id, AccountLock.IMPORTS)
    except OperationalError as error:
        if is_lock_timeout(error):
            raise ImportRunning() from error
        raise


# --- Reading -------------------------------------------------------------------------------------------


def copy_rows(cursor: Any, file: Any) -> tuple[list[str], RowErrors]:
    """Validate the rows and copy the valid ones into the temporary table. Return the column names and the errors."""
    errors = RowErrors()
    reader = open_reader(decode_lines(file, errors))
    columns = read_header(reader)
    has_rows = False
    with cursor.copy(f"COPY product_import (line, {', '.join(columns)}) FROM STDIN") as copy:
        for line, cells in read_rows(reader, errors):
            has_rows = True
            values = validate_row(line, columns, cells, errors)
            if values is not None:
                copy.write_row([line, *values])
    if not (has_rows or errors.total):
        raise InvalidFile(reason="It has no rows below the header: add at least one.")
    return columns, errors


def decode_lines(file: Any, errors: RowErrors) -> Iterator[str]:
    """Yield the lines of the file as text, without a byte order mark. Record an error for a line that is not UTF-8."""
    file.seek(0)
    if file.read(len(ZIP_SIGNATURE)) == ZIP_SIGNATURE:
        raise InvalidFile(reason="It is a spreadsheet (.xlsx or .ods): save it as CSV in UTF-8 and send that.")
    for number, raw in enumerate(File(file), 1):  # iterating over an uploaded file itself would split all of it at once
        if len(raw) > MAX_LINE_BYTES:
            errors.add_error(number, "", f"This line is longer than {MAX_LINE_BYTES} bytes. Shorten it.")
            raw = b"\n"
        try:
            yield raw.decode("utf-8-sig" if number == 1 else "utf-8")
        except UnicodeDecodeError:
            errors.add_error(number, "", "This line is not UTF-8. Save the file as CSV in UTF-8.")
            yield raw.decode(errors="replace")


def open_reader(lines: Iterator[str]) -> Any:
    """Return a CSV reader. Its delimiter is the one that occurs most often in the header."""
    header = next(lines, "")
    return csv.reader(chain([header], lines), delimiter=max(DELIMITERS, key=header.count), strict=True)


def read_header(reader: Any) -> list[str]:
    """Return the names of the columns. Raise InvalidFile if they are unknown, repeated or insufficient."""
    try:
        columns = [name.strip().lower() for name in next(reader, [])]
    except csv.Error as error:
        raise InvalidFile(reason=f"Its header is not valid CSV: {error}.") from None
    known = ", ".join(COLUMN_NAMES)
    unknown = [name[:MAX_QUOTED_LENGTH] or "(no name)" for name in columns[:MAX_COLUMNS] if name not in COLUMNS_BY_NAME]
    if unknown:
        raise InvalidFile(
            reason=f"Unknown columns: {', '.join(unknown)}. Known columns: {known}. Rename or remove the unknown ones."
        )
    if repeated := [name for name in COLUMN_NAMES if columns.count(name) > 1]:
        raise InvalidFile(reason=f"It has columns twice: {', '.join(repeated)}. Keep one of each.")
    if not {"id", "sku", "name"}.intersection(columns):
        raise InvalidFile(reason="It needs a column that identifies the products: id, sku or name.")
    return columns


def read_rows(reader: Any, errors: RowErrors) -> Iterator[tuple[int, list[str]]]:
    """Yield each row with the number of its first line. Skip rows whose cells are all blank.

    Raise TooManyRows as soon as there are more than MAX_ROWS rows, including rows that are not valid CSV.
    """
    rows_left = MAX_ROWS
    while True:
        line, cells = reader.line_num + 1, None
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            errors.add_error(line, "", f"This line is not valid CSV: {error}. Check its quotes and delimiters.")
        if cells is None or any(map(str.strip, cells)):
            if not rows_left:
                raise TooManyRows(limit=MAX_ROWS)
            rows_left -= 1
            if cells is not None:
                yield line, cells


def validate_row(line: int, columns: list[str], cells: list[str], errors: RowErrors) -> list[Any] | None:
    """Return the values of the row, or None after recording the errors of its cells."""
    if len(cells) != len(columns):
        errors.add_error(
            line,
            "",
            f"Expected as many cells as the header has ({len(columns)}), got {len(cells)}. Add or remove cells, or put"
            " a cell that contains the delimiter in quotes.",
        )
        return None
    errors_before, values = errors.total, []
    for column, cell in zip(columns, cells, strict=True):
        try:
            values.append(validate_cell(column, cell))
        except serializers.ValidationError as error:
            errors.add_error(line, column, get_first_message(error))
    return values if errors.total == errors_before else None


def validate_cell(column_name: str, cell: str) -> Any:
    """Return the value of the cell. Raise REST framework's ValidationError."""
    pattern = PLAIN_CELL_PATTERNS.get(column_name)
    if pattern is not None and pattern.fullmatch(cell):
        return cell
    text, column = remove_guards(cell), COLUMNS_BY_NAME[column_name]
    if not text.strip() and column.empty_value is not REQUIRED:
        return column.empty_value
    return column.field.run_validation(text)


def get_first_message(error: serializers.ValidationError) -> str:
    """Return the first message of a field's error."""
    messages: Any = error.detail
    return str(messages[0])
