"""Match the import's rows in their temporary table to products, check them, and write the products.

The number of statements does not depend on the file. This module writes no stock: it returns the quantities, and the
caller books them.
"""

from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple

from django.db import IntegrityError, transaction

from core.database.transactions import MAX_TRIES
from events.models import Event, EventType
from products.columns import COLUMNS_BY_NAME, PLACE_COLUMN_NAMES
from products.errors import ImportRunning, RowErrors
from stock.importing import sql
from stock.importing.codes import replace_imported_codes


class ImportedHolding(NamedTuple):
    """A row of a file with places. An empty text means no location or no lot."""

    line: int
    product_id: int
    quantity: int
    location: str
    lot: str
    expires_on: date | None


@dataclass(frozen=True)
class ImportedRows:
    """The result of writing the rows: ids of products, and the quantities to book.

    `quantities` has the quantities by product id. A file with places has `holdings` instead.
    """

    created_ids: set[int]
    changed_ids: set[int]
    product_count: int
    quantities: dict[int, int]
    holdings: list[ImportedHolding]
    description: dict[str, Any] = field(default_factory=dict)  # tells how the file was understood

    def summarize(self, booked_ids: set[int], dry_run: bool, operation_id: int | None) -> dict[str, Any]:
        """Return the import's response. `booked_ids` has the ids of the products whose quantity was booked."""
        updated_ids = (self.changed_ids | booked_ids) - self.created_ids
        return {
            "dry_run": dry_run,
            "created": len(self.created_ids),
            "updated": len(updated_ids),
            "unchanged": self.product_count - len(self.created_ids) - len(updated_ids),
            "operation": operation_id,
            **self.description,
        }


def write_rows(cursor: Any, owner_id: int, columns: list[str], errors: RowErrors) -> ImportedRows:
    """Match, check and write the rows. Start again if another transaction has changed a product or taken a code
    meanwhile.

    Raise InvalidRows, or ImportRunning or IntegrityError after MAX_TRIES.
    """
    parameters = {"owner": owner_id}
    tries_left = MAX_TRIES - 1
    while True:
        try:
            with transaction.atomic():
                match_rows(cursor, parameters)
                check_rows(cursor, parameters, columns, errors)
                return write_products(cursor, parameters, columns, errors)
        except (ImportRunning, IntegrityError):
            if not tries_left:
                raise
            tries_left -= 1


def match_rows(cursor: Any, parameters: dict[str, Any]) -> None:
    """Find the categories, suppliers and products of the rows, and lock the products in ascending id.

    A product may change before it is locked, so the rows are matched again under the lock. Raise ImportRunning if a
    match has changed: rolling back to the savepoint releases the locks.
    """
    for statement in (sql.CREATE_CATEGORIES, sql.MATCH_ROWS, sql.LOCK_PRODUCTS):
        cursor.execute(statement, parameters)
    if not cursor.rowcount:  # no product was locked, so no match can have changed
        return
    cursor.execute(sql.MATCH_ROWS, parameters)
    if cursor.rowcount:
        raise ImportRunning


def has_place_columns(columns: list[str]) -> bool:
    """Return whether the file has columns of places.

    Its quantities then belong to places, and rows may repeat products.
    """
    return not {*PLACE_COLUMN_NAMES}.isdisjoint(columns)


def check_rows(cursor: Any, parameters: dict[str, Any], columns: list[str], errors: RowErrors) -> None:
    """Raise InvalidRows if there are bad rows. They include the rows that were refused while the file was read."""
    if has_place_columns(columns):
        cursor.execute(sql.FIND_FIRST_LINES)
        cursor.execute(sql.FIND_BAD_ROWS_WITH_PLACES, parameters)
    else:
        cursor.execute(sql.FIND_BAD_ROWS, parameters)
    for row in cursor:
        errors.add_error(*row)
    errors.raise_if_any()


def write_products(cursor: Any, parameters: dict[str, Any], columns: list[str], errors: RowErrors) -> ImportedRows:
    """Update and create the products, except for their quantities. Raise InvalidRows for codes that are taken."""
    cursor.execute(sql.COUNT_ROWS)
    product_count, now = cursor.fetchone()
    parameters = {**parameters, "now": now}
    changed_ids = update_products(cursor, columns, parameters)
    cursor.execute(sql.ASSIGN_IDS)
    created_ids = {row[0] for row in cursor.fetchall()}
    cursor.execute(sql.CHECK_LINKS_LATER)
    cursor.execute(sql.INSERT_PRODUCTS, parameters)
    owner_id = parameters["owner"]
    if "codes" in columns:
        changed_ids |= replace_imported_codes(cursor, owner_id, errors) - created_ids
    Event.objects.record_products(owner_id=owner_id, event_type=EventType.PRODUCT_CHANGED, products=changed_ids)
    Event.objects.record_products(owner_id=owner_id, event_type=EventType.PRODUCT_CREATED, products=created_ids)
    quantities, holdings = read_imported_quantities(cursor, columns, parameters)
    return ImportedRows(created_ids, changed_ids, product_count, quantities, holdings)


def read_imported_quantities(
    cursor: Any, columns: list[str], parameters: dict[str, Any]
) -> tuple[dict[int, int], list[ImportedHolding]]:
    """Return the quantities to book: those of products by id, or those of the places that the file names."""
    if not has_place_columns(columns):
        cursor.execute(sql.SELECT_QUANTITIES, parameters)
        return dict(cursor.fetchall()), []
    cursor.execute(sql.COPY_IDS)
    cursor.execute(sql.SELECT_HOLDINGS, parameters)
    return {}, [ImportedHolding(*row) for row in cursor]


def update_products(cursor: Any, columns: list[str], parameters: dict[str, Any]) -> set[int]:
    """Update the products that differ from their rows in any column. Return the ids of these products."""
    stored = [column for column in map(COLUMNS_BY_NAME.__getitem__, columns) if column.target]
    if not stored:
        return set()
    statement = sql.UPDATE_PRODUCTS.format(
        assignments=", ".join(f"{column.target} = {column.update_expression}" for column in stored),
        present=", ".join(f"product.{column.target}" for column in stored) + ", 0",
        wanted=", ".join(column.update_expression for column in stored) + ", 0",
    )
    cursor.execute(statement, parameters)
    return {row[0] for row in cursor.fetchall()}
