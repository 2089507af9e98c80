"""Products from a CSV file: read and judged line by line, then matched, changed and created by set-based statements.

The rows go straight into a temporary table, so memory does not grow with the file. What the file says of quantities is
answered to the caller, who books it: this module writes no stock.
"""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

from django.db import IntegrityError, OperationalError, connection, transaction
from rest_framework import serializers

from inventory_api.csv_text import unguarded
from inventory_api.fields import MAX_ID, DateField, LongTextField, QuantityField, TextField, WholeNumberField
from inventory_api.transactions import MOST_TRIES, AccountLock, allow_seconds, lock_account, waited_too_long
from products import sql
from products.errors import ImportRunning, InvalidFile, InvalidRows
from products.exports import COLUMNS
from products.models import Product
from products.serializers import PriceField

DELIMITERS = ",;\t"
MAX_COLUMNS = 100
ZIP = b"PK\x03\x04"  # how .xlsx and .ods files begin
MAX_CELL_CHARACTERS = 10_000
TIMEOUT_SECONDS = 60
TEMPLATE_COLUMNS = tuple(column for column in COLUMNS if column not in ("id", "stock_sequence"))
DEFAULT_THRESHOLD = Product._meta.get_field("min_threshold").default

# How a cell is judged, and what an empty one means: it clears an optional field, and says nothing of a key or a number
# of the ledger.
FIELDS: dict[str, tuple[serializers.Field, Any]] = {
    "id": (WholeNumberField(min_value=1, max_value=MAX_ID), None),
    "name": (TextField(max_length=255), ""),
    "sku": (TextField(max_length=64), ""),
    "barcode": (TextField(max_length=64), ""),
    "description": (LongTextField(max_length=MAX_CELL_CHARACTERS), ""),
    "unit": (TextField(max_length=32), ""),
    "price": (PriceField(), ...),
    "cost_price": (PriceField(), None),
    "quantity": (QuantityField(), None),
    "stock_sequence": (QuantityField(max_value=MAX_ID), None),
    "min_threshold": (QuantityField(), DEFAULT_THRESHOLD),
    "expiration_date": (DateField(), None),
    "category": (TextField(max_length=255), ""),
    "supplier": (TextField(max_length=255), ""),
}


# Cells of which the field would say that they are good as they stand: nearly all, so a large file is judged in a tenth
# of the time. All others are judged by the field: those with a `'`, which may be a guard, too.
PLAIN_TEXT = r"[!-&(-~]([ -&(-~]{0,%d}[!-&(-~])?"
PLAIN_AMOUNT, PLAIN_QUANTITY = r"[0-9]{1,10}(\.[0-9]{1,2})?", r"[0-9]{1,9}"
PLAIN = {
    column: re.compile(PLAIN_TEXT % ((cell_field.max_length or 2) - 2))
    for column, (cell_field, _) in FIELDS.items()
    if isinstance(cell_field, TextField)
} | {
    "price": re.compile(PLAIN_AMOUNT),
    "cost_price": re.compile(PLAIN_AMOUNT),
    "quantity": re.compile(PLAIN_QUANTITY),
    "min_threshold": re.compile(PLAIN_QUANTITY),
}


@dataclass
class Refused:
    """The bad rows so far: line, column, reason. All are counted, the first ones kept."""

    rows: list[tuple[int, str, str]] = field(default_factory=list)
    total: int = 0

    def add(self, line: int, column: str, reason: str) -> None:
        self.total += 1
        if len(self.rows) < InvalidRows.MAX_ROWS_NAMED:
            self.rows.append((line, column, reason))

    def check(self) -> None:
        """Raises InvalidRows if there is one."""
        if self.total:
            raise InvalidRows(self.rows, self.total)


@dataclass(frozen=True)
class Imported:
    """What became of the rows, and the quantities that are still to be booked, by product."""

    created: set[int]
    changed: set[int]
    rows: int
    quantities: dict[int, int]

    def answer(self, moved: set[int], dry_run: bool, operation_id: int | None) -> dict[str, Any]:
        """What a client is told; `moved` are the products whose quantity was booked."""
        updated = (self.changed | moved) - self.created
        return {
            "dry_run": dry_run,
            "created": len(self.created),
            "updated": len(updated),
            "unchanged": self.rows - len(self.created) - len(updated),
            "operation": operation_id,
        }


def import_products(*, owner_id: int, file: Any) -> Imported:
    """Create and change the account's products as the file says, inside the caller's transaction.

    Imports of one account run one after the other: a file that is sent twice finds the products of the first. Raises
    InvalidFile, TooManyRows, InvalidRows or ImportRunning; the caller's transaction must then be rolled back.
    """
    with connection.cursor() as cursor:
        allow_seconds(TIMEOUT_SECONDS)
        cursor.execute(sql.STAGE)
        columns, refused = stage(cursor, file)
        cursor.execute(sql.INDEX)
        wait_for_other_imports(owner_id)
        lock_account(owner_id, AccountLock.CATALOGUE, shared=True)
        return carry_out(cursor, owner_id, columns, refused)


def wait_for_other_imports(owner_id: int) -> None:
    """Lock the account against other imports. Raises ImportRunning if one takes too long."""
    try:
        lock_account(owner_id, AccountLock.IMPORTS)
    except OperationalError as error:
        if waited_too_long(error):
            raise ImportRunning() from error
        raise


def carry_out(cursor: Any, owner_id: int, columns: list[str], refused: Refused) -> Imported:
    """Match the rows and write them; do both again if somebody changed a product or took a code meanwhile."""
    about = {"owner": owner_id, "default_threshold": DEFAULT_THRESHOLD}
    tries_left = MOST_TRIES - 1
    while True:
        try:
            with transaction.atomic():
                match(cursor, about)
                check(cursor, about, refused)
                return write(cursor, about, columns)
        except (ImportRunning, IntegrityError):
            if not tries_left:
                raise
            tries_left -= 1


def match(cursor: Any, about: dict[str, Any]) -> None:
    """Find what the rows refer to and lock the products, in ascending id.

    A product may change before it is locked, so the rows are matched again under the lock. Raises ImportRunning if a
    row then refers to another product: rolling back to the savepoint unlocks those locked in vain.
    """
    for statement in (sql.MAKE_CATEGORIES, sql.FIND_CATEGORIES, sql.FIND_SUPPLIERS, sql.MATCH, sql.LOCK):
        cursor.execute(statement, about)
    cursor.execute(sql.MATCH, about)
    if cursor.rowcount:
        raise ImportRunning


def check(cursor: Any, about: dict[str, Any], refused: Refused) -> None:
    """Raise InvalidRows if there are bad rows."""
    cursor.execute(sql.REFUSED, about)
    for row in cursor:
        refused.add(*row)
    refused.check()


def write(cursor: Any, about: dict[str, Any], columns: list[str]) -> Imported:
    """Change and create the products; quantities are left to the caller."""
    changed = update(cursor, columns, about)
    cursor.execute(sql.NUMBER)
    created = {row[0] for row in cursor.fetchall()}
    cursor.execute(sql.CREATE, about)
    cursor.execute("SELECT count(*) FROM product_import")
    rows = cursor.fetchone()[0]
    cursor.execute(sql.QUANTITIES)
    return Imported(created, changed, rows, dict(cursor.fetchall()))


def update(cursor: Any, columns: list[str], about: dict[str, Any]) -> set[int]:
    """The ids of the products in which a column of the file differed."""
    changes = [sql.CHANGES[column] for column in columns if column in sql.CHANGES]
    if not changes:
        return set()
    statement = sql.UPDATE.format(
        assignments=", ".join(f"{column} = {value}" for column, value in changes),
        present=", ".join(f"product.{column}" for column, _ in changes) + ", 0",
        wanted=", ".join(value for _, value in changes) + ", 0",
    )
    cursor.execute(statement, about)
    return {row[0] for row in cursor.fetchall()}


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
    file.seek(0)
    for number, raw in enumerate(file, 1):
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
    unknown = [name for name in columns[:MAX_COLUMNS] if name not in FIELDS]
    if unknown:
        raise InvalidFile(reason=f"Unknown columns: {', '.join(unknown)}. Known are {', '.join(COLUMNS)}.")
    if len(set(columns)) != len(columns):
        raise InvalidFile(reason="A column stands there twice.")
    if not {"id", "sku", "name"}.intersection(columns):
        raise InvalidFile(reason="A column that says which product is meant is missing: id, sku or name.")
    return columns


def rows(reader: Any, refused: Refused) -> Iterator[tuple[int, list[str]]]:
    """Each row with the number of its first line; empty lines are passed over."""
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            refused.add(line, "", f"This is not CSV: {error}.")
            continue
        if any(cells):
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
    serializer_field, empty = FIELDS[column]
    text = unguarded(cell)
    if not text.strip() and empty is not ...:
        return empty
    return serializer_field.run_validation(text)


def first_message(error: serializers.ValidationError) -> str:
    messages: Any = error.detail
    return str(messages[0])
