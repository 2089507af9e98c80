"""The rows of an imported file in their temporary table: matched to products, checked and written.

Set-based statements do it: their number does not depend on the file. The quantities are returned to the caller, who
books them: this module writes no stock.
"""

from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction

from core.transactions import MAX_TRIES
from products import import_sql as sql
from products.columns import BY_NAME
from products.errors import ImportRunning, Refused


@dataclass(frozen=True)
class ImportedRows:
    """What became of the rows, and the quantities that are still to be booked, by product."""

    created: set[int]
    changed: set[int]
    rows: int
    quantities: dict[int, int]

    def result(self, moved: set[int], dry_run: bool, operation_id: int | None) -> dict[str, Any]:
        """Return the counts that the API answers; `moved` are the ids of the products whose quantity was booked."""
        updated = (self.changed | moved) - self.created
        return {
            "dry_run": dry_run,
            "created": len(self.created),
            "updated": len(updated),
            "unchanged": self.rows - len(self.created) - len(updated),
            "operation": operation_id,
        }


def write_rows(cursor: Any, owner_id: int, columns: list[str], refused: Refused) -> ImportedRows:
    """Match the rows and write them; do both again if somebody changed a product or took a code meanwhile."""
    about = {"owner": owner_id}
    tries_left = MAX_TRIES - 1
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


def write(cursor: Any, about: dict[str, Any], columns: list[str]) -> ImportedRows:
    """Change and create the products; quantities are left to the caller."""
    changed = update(cursor, columns, about)
    cursor.execute(sql.NUMBER)
    created = {row[0] for row in cursor.fetchall()}
    cursor.execute(sql.CREATE, about)
    cursor.execute("SELECT count(*) FROM product_import")
    rows = cursor.fetchone()[0]
    cursor.execute(sql.QUANTITIES)
    return ImportedRows(created, changed, rows, dict(cursor.fetchall()))


def update(cursor: Any, columns: list[str], about: dict[str, Any]) -> set[int]:
    """The ids of the products in which a column of the file differed."""
    stored = [column for column in map(BY_NAME.__getitem__, columns) if column.target]
    if not stored:
        return set()
    statement = sql.UPDATE.format(
        assignments=", ".join(f"{column.target} = {column.changed}" for column in stored),
        present=", ".join(f"product.{column.target}" for column in stored) + ", 0",
        wanted=", ".join(column.changed for column in stored) + ", 0",
    )
    cursor.execute(statement, about)
    return {row[0] for row in cursor.fetchall()}
