"""Products from a CSV file: read and judged line by line, and copied into a temporary table of the transaction.

So memory does not grow with the file. `import_rows.py` makes products of the rows.
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
from products.columns import BY_NAME, COLUMNS, NAMES, REQUIRED
from products.errors import ImportRunning, InvalidFile, Refused, TooManyRows
from products.import_rows import ImportedRows, write_rows

DELIMITERS = ",;\t"
MAX_ROWS = 100_000  # of a file; the worker's memory and the time of a reversal were measured with as many
MAX_LINE_BYTES = 1024 * 1024  # a line of nothing but commas takes eight times its size
MAX_COLUMNS = 100
ZIP = b"PK\x03\x04"  # how .xlsx and .ods files begin
TIMEOUT_SECONDS = 60

# Cells of which the field would say that they are good as they stand: nearly all, so a large file is judged in a tenth
# of the time. All others are judged by the field: those with a `'`, which may be a guard, too.
PLAIN_TEXT = r"[!-&(-~]([ -&(-~]{0,%d}[!-&(-~])?"
PLAIN_AMOUNT, PLAIN_QUANTITY = r"[0-9]{1,10}(\.[0-9]{1,2})?", r"[0-9]{1,9}"
PLAIN = {
    column.name: re.compile(PLAIN_TEXT % ((column.field.max_length or 2) - 2))
    for column in COLUMNS
    if isinstance(column.field, TextField)
} | {
    "price": re.compile(PLAIN_AMOUNT),
    "cost_price": re.compile(PLAIN_AMOUNT),
    "quantity": re.compile(PLAIN_QUANTITY),
    "min_threshold": re.compile(PLAIN_QUANTITY),
}


def write_products(*, owner_id: int, file: Any) -> ImportedRows:
    """Create and change the account's products as the file says, inside the caller's transaction, and book nothing.

    Imports of one account run one after the other: a file that is sent twice finds the products of the first. Raises
    InvalidFile, TooManyRows, InvalidRows or ImportRunning; the caller's transaction must then be rolled back.
    """
    with connection.cursor() as cursor:
        set_time_limit(TIMEOUT_SECONDS)
        cursor.execute(sql.STAGE)
        columns, refused = stage(cursor, file)
        cursor.execute(sql.INDEX)
        wait_for_other_imports(owner_id)
        lock_account(owner_id, AccountLock.CATALOGUE, shared=True)
        return write_rows(cursor, owner_id, columns, refused)


def wait_for_other_imports(owner_id: int) -> None:
    """Lock the account against other imports. Raises ImportRunning if one takes too long."""
    try:
        lock_account(owner_id, AccountLock.IMPORTS)
    except OperationalError as error:
        if is_lock_timeout(error):
            raise ImportRunning() from error
        raise


# --- Reading -------------------------------------------------------------------------------------------


def stage(cursor: Any, file: Any) -> tuple[list[str], Refused]:
    """Judge the rows and copy the good ones into the temporary table; answers the columns and the bad rows."""
    refused = Refused()
    reader = reader_of(text_lines(file, refused))
    columns = header(reader)
    read_any = False
    with cursor.copy(f"COPY product_import (line, {', '.join(columns)}) FROM STDIN") as copy:
        for line, cells in rows(reader, refused):
            read_any = True
            values = judged(line, columns, cells, refused)
            if values is not None:
                copy.write_row([line, *values])
    if not (read_any or refused.total):
        raise InvalidFile(reason="There is no row below the header.")
    return columns, refused


def text_lines(file: Any, refused: Refused) -> Iterator[str]:
    """The file's lines as text, without a byte order mark; a line that is not UTF-8 is refused, the others go on."""
    file.seek(0)
    if file.read(len(ZIP)) == ZIP:
        raise InvalidFile(reason="This is a spreadsheet's own format: save it as CSV in UTF-8 first.")
    for number, raw in enumerate(File(file), 1):  # an uploaded file itself would split all of it at once
        if len(raw) > MAX_LINE_BYTES:
            refused.add(number, "", f"This line is longer than {MAX_LINE_BYTES} bytes.")
            raw = b"\n"
        try:
            yield raw.decode("utf-8-sig" if number == 1 else "utf-8")
        except UnicodeDecodeError:
            refused.add(number, "", "This line is not UTF-8.")
            yield raw.decode(errors="replace")


def reader_of(lines: Iterator[str]) -> Any:
    """A reader with the delimiter that the header uses most."""
    first = next(lines, "")
    return csv.reader(chain([first], lines), delimiter=max(DELIMITERS, key=first.count), strict=True)


def header(reader: Any) -> list[str]:
    """The columns' names. Raises InvalidFile for unknown, repeated or missing ones."""
    try:
        columns = [name.strip().lower() for name in next(reader, [])]
    except csv.Error as error:
        raise InvalidFile(reason=f"The header can't be read: {error}.") from None
    unknown = [name[:MAX_QUOTED_LENGTH] for name in columns[:MAX_COLUMNS] if name not in BY_NAME]
    if unknown:
        raise InvalidFile(reason=f"Unknown columns: {', '.join(unknown)}. Known are {', '.join(NAMES)}.")
    if len(set(columns)) != len(columns):
        raise InvalidFile(reason="A column stands there twice.")
    if not {"id", "sku", "name"}.intersection(columns):
        raise InvalidFile(reason="A column that says which product is meant is missing: id, sku or name.")
    return columns


def rows(reader: Any, refused: Refused) -> Iterator[tuple[int, list[str]]]:
    """Yield each row with the number of its first line; empty ones are passed over.

    Raises TooManyRows as soon as there is a row more than MAX_ROWS; rows that are not CSV count, too.
    """
    rows_left = MAX_ROWS
    while True:
        line, cells = reader.line_num + 1, None
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            refused.add(line, "", f"This is not CSV: {error}.")
        if cells is None or any(cells):
            if not rows_left:
                raise TooManyRows(limit=MAX_ROWS)
            rows_left -= 1
        if cells and any(cells):
            yield line, cells


def judged(line: int, columns: list[str], cells: list[str], refused: Refused) -> list[Any] | None:
    """The row's values, or None if a cell is refused."""
    if len(cells) != len(columns):
        refused.add(line, "", f"There are {len(cells)} cells in {len(columns)} columns.")
        return None
    before, values = refused.total, []
    for column, cell in zip(columns, cells, strict=True):
        try:
            values.append(value_of(column, cell))
        except serializers.ValidationError as error:
            refused.add(line, column, first_message(error))
    return values if refused.total == before else None


def value_of(column: str, cell: str) -> Any:
    """The cell's value. Raises REST framework's ValidationError."""
    if column in PLAIN and PLAIN[column].fullmatch(cell):
        return cell
    text, described = remove_guards(cell), BY_NAME[column]
    if not text.strip() and described.empty is not REQUIRED:
        return described.empty
    return described.field.run_validation(text)


def first_message(error: serializers.ValidationError) -> str:
    messages: Any = error.detail
    return str(messages[0])
