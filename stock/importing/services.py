"""Import products from a CSV file or a workbook.

The rows of the file are validated one by one and copied into a temporary table of the transaction, so memory does not
grow with the file. `products/product_files.py` reads the file, `rows.py` writes the products.
"""

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from typing import Any, Protocol

from django.db import OperationalError, connection

from core.database.transactions import AccountLock, is_lock_timeout, lock_account, set_time_limit
from products.columns import ProductColumn
from products.errors import ImportRunning, InvalidRows, RowErrors
from stock.importing import sql
from stock.importing.rows import ImportedRows, write_rows

TIMEOUT_SECONDS = 60
MAX_ROWS_IN_LOOPS = 1000  # the most rows of a file for which PostgreSQL may plan nested loops


class ReadableProducts(Protocol):
    """An open file of products: `products.product_files.ProductFile`, which validates its cells."""

    columns: list[ProductColumn]
    errors: RowErrors
    preview: Any

    @property
    def notes(self) -> list[str]:
        """Return what the user should know about how the file is read."""

    def read_values(self) -> Iterator[list[Any]]:
        """Yield line and values of each valid row. Record the errors of the other rows."""

    def close(self) -> None:
        """Delete temporary files."""


OpenFile = Callable[[], ReadableProducts]


def import_file(*, owner_id: int, open_file: OpenFile) -> ImportedRows:
    """Create and update the account's products from the file, in the caller's transaction, without booking quantities.

    `open_file` opens the file. It is called under the lock PROGRESS, because reading a workbook is a part of the
    import's progress, and once more if the transaction is retried. Imports of one account run one after the other, so a
    file that is sent twice finds the products of the first import. Raise InvalidFile, TooManyRows, InvalidRows,
    ImportRunning or TooManyWorkbooks; the caller must then roll back.
    """
    set_time_limit(TIMEOUT_SECONDS)
    lock_account(owner_id, AccountLock.PROGRESS, shared=True)
    with closing(open_file()) as products, connection.cursor() as cursor:
        cursor.execute(sql.CREATE_TABLE)
        row_count = copy_rows(cursor, products)
        wait_for_other_imports(owner_id)
        cursor.execute(sql.ANALYZE_TABLE)
        if row_count > MAX_ROWS_IN_LOOPS:
            cursor.execute(sql.AVOID_NESTED_LOOPS)
        lock_account(owner_id, AccountLock.CATALOGUE, shared=True)
        try:
            imported = write_rows(cursor, owner_id, [column.name for column in products.columns], products.errors)
        except InvalidRows as error:
            error.preview = products.preview.as_dict()
            raise
    return replace(imported, description={**products.preview.as_dict(), "notes": products.notes})


def copy_rows(cursor: Any, products: ReadableProducts) -> int:
    """Copy the valid rows into the temporary table. Return their number."""
    names = ", ".join(column.name for column in products.columns)
    with cursor.copy(f"COPY product_import (line, {names}) FROM STDIN") as copy:
        row_count = 0
        for values in products.read_values():
            copy.write_row(values)
            row_count += 1
    return row_count


def wait_for_other_imports(owner_id: int) -> None:
    """Lock the account against other imports. Raise ImportRunning if another import takes too long."""
    try:
        lock_account(owner_id, AccountLock.IMPORTS)
    except OperationalError as error:
        if is_lock_timeout(error):
            raise ImportRunning() from error
        raise
