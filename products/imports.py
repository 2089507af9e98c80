"""Import products from a CSV file or a workbook.

The rows of the file are validated one by one and copied into a temporary table of the transaction, so memory does not
grow with the file. `import_rows.py` writes the products.
"""

from collections.abc import Iterator
from typing import Any

from django.db import OperationalError, connection
from rest_framework import serializers

from core.tables.csv_files import CSVTable
from core.tables.workbooks import OLD_EXCEL, ZIP, UnreadableWorkbook, WorkbookTable
from core.transactions import AccountLock, is_lock_timeout, lock_account, set_time_limit
from products import import_sql as sql
from products.cells import CellReader
from products.column_names import find_columns, parse_mapping
from products.columns import COLUMNS_BY_NAME, Column
from products.errors import ImportRunning, InvalidFile, RowErrors, TooManyRows
from products.import_rows import ImportedRows, write_rows

MAX_ROWS = 100_000  # per file. Memory of the worker and time of a reversal were measured with this number
TIMEOUT_SECONDS = 60
Table = CSVTable | WorkbookTable


def import_file(*, owner_id: int, file: Any, mapping: str = "") -> ImportedRows:
    """Create and update the account's products from the file, in the caller's transaction, without booking quantities.

    `mapping` is the query parameter `columns`: see products/column_names.py.

    Imports of one account run one after the other, so a file that is sent twice finds the products of the first
    import. Raise InvalidFile, TooManyRows, InvalidRows or ImportRunning; the caller must then roll back.
    """
    with connection.cursor() as cursor:
        set_time_limit(TIMEOUT_SECONDS)
        cursor.execute(sql.CREATE_TABLE)
        columns, errors = copy_rows(cursor, file, mapping)
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


def copy_rows(cursor: Any, file: Any, mapping: str) -> tuple[list[str], RowErrors]:
    """Validate the rows and copy the valid ones into the temporary table. Return the column names and the errors."""
    errors = RowErrors()
    table = open_table(file)
    rows = table.rows(errors.add_line_error)
    columns = read_header(rows, mapping)
    known = [column for column in columns if column]
    reader, has_rows = CellReader(table, columns), False
    with cursor.copy(f"COPY product_import (line, {', '.join(column.name for column in known)}) FROM STDIN") as copy:
        for line, cells in count_rows(rows, errors):
            has_rows = True
            values = validate_row(line, reader, cells, errors)
            if values is not None:
                copy.write_row([line, *values])
    if not (has_rows or errors.total):
        raise InvalidFile(reason="It has no rows below the header: add at least one.")
    return [column.name for column in known], errors


def open_table(file: Any) -> Table:
    """Return the file's rows by its kind. Raise InvalidFile."""
    file.seek(0)
    signature = file.read(len(ZIP))
    if signature == OLD_EXCEL:
        raise InvalidFile(reason="It is an old Excel file (.xls): save it as .xlsx or as CSV.")
    if signature != ZIP:
        return CSVTable(file)
    try:
        return WorkbookTable(file)
    except UnreadableWorkbook as error:
        raise InvalidFile(reason=str(error)) from error


def read_header(rows: Iterator[tuple[int, list[Any]]], mapping: str) -> list[Column | None]:
    """Return the columns of the first row that is not blank, None for those that are ignored. Raise InvalidFile."""
    header: list[Any] = next((cells for _, cells in rows if has_content(cells)), [])
    names = find_columns([str(name).strip() for name in header], parse_mapping(mapping))
    return [COLUMNS_BY_NAME[name] if name else None for name in names]


def count_rows(rows: Iterator[tuple[int, list[Any]]], errors: RowErrors) -> Iterator[tuple[int, list[Any]]]:
    """Yield the rows that are not blank. Raise TooManyRows if there are more than MAX_ROWS, unreadable lines included."""
    count = 0
    for line, cells in rows:
        count += has_content(cells)
        if count + errors.lines > MAX_ROWS:
            break
        if has_content(cells):
            yield line, cells
    if count + errors.lines > MAX_ROWS:
        raise TooManyRows(limit=MAX_ROWS)


def has_content(cells: list[Any]) -> bool:
    """Return whether a cell is not blank."""
    return any(not isinstance(cell, str) or cell.strip() for cell in cells)


def validate_row(line: int, reader: CellReader, cells: list[Any], errors: RowErrors) -> list[Any] | None:
    """Return the values of the row, or None after recording the errors of its cells."""
    columns = reader.columns
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
        if column is None:
            continue
        try:
            values.append(reader.read(column, cell))
        except serializers.ValidationError as error:
            errors.add_error(line, column.name, first_message(error), str(cell))
    return values if errors.total == errors_before else None


def first_message(error: serializers.ValidationError) -> str:
    """Return the first message of a field's error."""
    messages: Any = error.detail
    return str(messages[0])
