"""What is kept of imports: refused ones are stored for a time, and one that was done can be undone."""

import logging
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, nullcontext
from datetime import timedelta
from functools import partial
from typing import Any, cast

from django.db import connection, transaction
from django.utils import timezone
from rest_framework.exceptions import APIException

from core.archiving import archive_rows, mark_archived
from core.database.postgres.base import fetch
from core.database.transactions import AccountLock, atomic, lock_account, set_time_limit
from core.errors import DomainError
from core.http.parsers import BODY_NAME
from core.sentences import fill_plural
from products.filing.errors import InvalidRows
from products.filing.states import Findings, ReadRows
from products.models import Category, Code, CustomField, Group, Offer, Picture, Product, Profile, Tax
from records.history.models import RecordedModel, recorded
from stock.booking.services import REVERSAL_TIMEOUT_SECONDS, book_reversal
from stock.errors import NothingToUndo
from stock.goods.services import archive_products
from stock.models import MAX_FILE_NAME_LENGTH, Import, Location, Lot, Movement, Operation, Portion
from suppliers.models import Supplier
from users.models import User

logger = logging.getLogger("stock.importing")

KEPT_DAYS = 90
ROWS_LEFT_OUT = "rows_left_out"  # the code of rows that an import has left out
# The most rows of the error that are kept, and the most characters of a text.
MAX_ROWS_KEPT, MAX_TEXT_KEPT = 20, 1000

CREATE_LINES = """
DROP TABLE IF EXISTS pg_temp.import_skipped;
CREATE TEMPORARY TABLE import_skipped (number integer, line text) ON COMMIT DROP
"""
STORE_LINES = """
UPDATE stock_import AS import SET skipped = file.text
FROM (SELECT string_agg(line, '' ORDER BY number) AS text FROM import_skipped) AS file
WHERE import.owner_id = %(owner)s AND import.id = %(import)s
"""


@contextmanager
def store_refusal(*, by: User, file: Any, open_file: Callable[[], ReadRows]) -> Iterator[dict[str, Any]]:
    """Store the import of the block if its file is refused. The block gets arguments of import_products().

    The transaction of the import must end in the block. The error is always the one that the block has raised.
    """
    opened: list[ReadRows | None] = []  # the file, once for each attempt; None if it can't be opened
    file_name = read_file_name(file)

    def open_counted() -> ReadRows:
        opened.append(None)
        opened[-1] = rows = open_file()
        return rows

    try:
        yield {"file_name": file_name, "open_file": open_counted}
    except (DomainError, APIException) as error:
        if opened:
            try:
                with transaction.atomic():
                    write_refusal(by, file_name, rows.row_count if (rows := opened[-1]) else 0, error)
            except Exception:
                logger.exception("refused import not stored")
        raise


def read_file_name(file: Any) -> str:
    """Return the name of the file, or an empty text if it was sent as a body."""
    return "" if file.name == BODY_NAME else clean(file.name, MAX_FILE_NAME_LENGTH)


def write_refusal(by: User, file_name: str, rows: int, error: Any) -> None:
    data = error.as_dict() if isinstance(error, DomainError) else {}
    refusal = describe_refusal(str(error), data.get("total"), data.get("rows", []))
    code = data.get("code") or error.default_code
    values: dict[str, Any] = {"owner_id": by.account_id, "performed_by": by, "file_name": file_name, "rows": rows}
    Import.objects.create(**values, code=code, refusal=refusal)


def describe_refusal(detail: str, total: int | None, rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Return what is stored of a refusal: its text, the number of wrong cells or rows, and the first of them."""
    kept = [
        {name: clean(value) if isinstance(value, str) else value for name, value in row.items()}
        for row in rows[:MAX_ROWS_KEPT]
    ]
    return {"detail": clean(detail), "total": total, "rows": kept}


def store_skipped(by: User, found: Findings, file_name: str, *, is_stored: bool) -> dict[str, Any] | None:
    """Return the rows of the import that are left out, in the form of responses, or None if there are none.

    They are stored with the reasons as a file, unless this is a dry run.
    """
    skipped = found.left_rows
    if not skipped:
        return None
    errors = sorted(error for each in skipped.values() for error in each)[: InvalidRows.MAX_ROWS_LISTED]
    rows = [error._asdict() for error in errors]
    pk = None
    if is_stored:
        detail = fill_plural(
            "{number} row was left out. The others were imported.",
            "{number} rows were left out. The others were imported.",
            len(skipped),
        )
        values: dict[str, Any] = {"owner_id": by.account_id, "performed_by": by}
        pk = Import.objects.create(
            **values, file_name=file_name, rows=len(skipped), code=ROWS_LEFT_OUT,
            refusal=describe_refusal(detail, len(skipped), rows),
        ).pk  # fmt: skip
        write_lines(by.account_id, pk, found.rows.write_skipped(found))
    return {"id": pk, "total": len(skipped), "rows": rows}


def write_lines(owner_id: Any, pk: int, lines: Iterable[str]) -> None:
    """Store the lines as the file of the import's rows. They are sent one by one, because all take much memory."""
    with connection.cursor() as cursor:
        cursor.execute(CREATE_LINES)
        with cursor.copy("COPY import_skipped (number, line) FROM STDIN") as copy:
            for number, line in enumerate(lines):
                copy.write_row((number, line.replace("\0", "\N{REPLACEMENT CHARACTER}")))  # PostgreSQL stores no NUL
        cursor.execute(STORE_LINES, {"owner": owner_id, "import": pk})


def clean(text: str, max_length: int = MAX_TEXT_KEPT) -> str:
    """Return the beginning of the text without the characters that PostgreSQL or a page can't show."""
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text[:max_length])


def forget_refused_imports() -> int:
    """Delete the refused imports that are older than KEPT_DAYS. Return their number. This is a job of the worker."""
    old: Any = Import.objects.refused().filter(created_at__lt=timezone.now() - timedelta(days=KEPT_DAYS))
    return int(old._raw_delete(old.db))


LOCK = """
SELECT id FROM {table} WHERE owner_id = %(owner)s::bigint AND id = ANY(%(ids)s::bigint[])
ORDER BY id FOR NO KEY UPDATE
"""
# Returns the live rows with these ids to which no other row links. `{uses}` has a condition for each link.
FIND_UNUSED = """
SELECT row.id FROM {table} AS row
WHERE row.owner_id = %(owner)s::bigint AND row.id = ANY(%(ids)s::bigint[]) AND row.archived_at IS NULL{uses}
ORDER BY row.id
"""
NO_USE = """
    AND NOT EXISTS (
        SELECT FROM {model.db_table} AS used
        WHERE used.owner_id = %(owner)s::bigint AND used.{field.column} = row.id{besides}
    )"""
# Conditions that exclude links which are no use of a row: those of the import itself, of its reversal, and of products
# that were just archived.
BESIDES = {
    Movement: " AND used.operation_id <> ALL(%(operations)s::bigint[])",
    Portion: """ AND used.movement_id NOT IN (
            SELECT id FROM stock_movement
            WHERE owner_id = %(owner)s::bigint AND operation_id = ANY(%(operations)s::bigint[])
        )""",
    Profile: " AND (used.is_live OR used.product_id <> ALL(%(products)s::bigint[]))",
    Product: " AND (used.archived_at IS NULL OR used.id <> ALL(%(products)s::bigint[]))",
}
# The kinds of rows that are archived, in this order, each with its model and the function that archives them.
KINDS: dict[str, tuple[Any, Callable[[int, list[int]], None]]] = {
    "products": (Product, archive_products),
    "locations": (Location, partial(mark_archived, Location)),
    "categories": (Category, partial(archive_rows, Category)),
    "suppliers": (Supplier, partial(archive_rows, Supplier)),
    "groups": (Group, partial(mark_archived, Group)),
    "fields": (CustomField, partial(mark_archived, CustomField)),
    "rates": (Tax, partial(archive_rows, Tax)),
}
ONLY_IN_SOME = ("groups", "fields", "rates")  # most imports create none, so their lists are not in the answer
# Values of own fields are no links. Those of archived products stay, whether their field is archived or not.
NO_VALUE = """
    AND NOT EXISTS (
        SELECT FROM products_profile AS used
        WHERE used.owner_id = %(owner)s::bigint AND used.is_live AND used.fields ? row.key
    )"""
PARTS = (Code, Lot, Offer, Picture, Profile)  # these rows are parts of their product


@atomic
def undo_import(*, by: User, row: Import, **remarks: Any) -> tuple[Any, dict[str, list[int]]]:
    """Reverse the import, unless it is reversed already, and archive what it has created and nothing else uses.

    Return the reversal, and the ids of the archived rows by kind. The reversal of an import that has moved nothing is
    None. Raise NothingToUndo if it has created nothing either, or an error of book_reversal().
    """
    owner_id, operation, created = row.owner_id, row.operation, cast("dict[str, list[int]]", row.created)
    if operation is None and not any(created.values()):
        raise NothingToUndo()
    set_time_limit(REVERSAL_TIMEOUT_SECONDS)
    lock_account(owner_id, AccountLock.CATALOGUE)  # no product or order is linked to a supplier or category meanwhile
    if operation is None:
        lock(Product, owner_id, created["products"])
        return None, archive(owner_id, created, [])
    moved = Movement.objects.filter(owner_id=owner_id, operation_id=operation.pk).values_list("product_id", flat=True)
    lock(Product, owner_id, [*{*created["products"], *moved}])
    reversal = Operation.objects.filter(owner_id=owner_id, reverses_id=operation.pk).select_related("performer").first()
    reversal = reversal or book_reversal(by, operation, **remarks)
    return reversal, archive(owner_id, created, [operation.pk, reversal.pk])


def archive(owner_id: int, created: dict[str, list[int]], operations: list[int]) -> dict[str, list[int]]:
    """Archive the unused rows. Return their ids. The products are locked, and nobody can change the catalogue."""
    archived = {}
    for kind, (model, archive_them) in KINDS.items():
        if kind in ONLY_IN_SOME and kind not in created:
            continue
        ids = created.get(kind, [])
        lock(model, owner_id, ids)
        values = {"owner": owner_id, "products": created["products"], "operations": operations, "ids": ids}
        archived[kind] = find_unused(model, values)
        is_recorded = issubclass(model, RecordedModel)
        with recorded(model, owner_id, archived[kind], is_locked=True) if is_recorded else nullcontext():
            archive_them(owner_id, archived[kind])
    return archived


def lock(model: Any, owner_id: int, ids: list[int]) -> None:
    """Lock these rows in the order of docs/decisions/0016-the-order-of-locks.md."""
    with connection.cursor() as cursor:
        cursor.execute(LOCK.format(table=model._meta.db_table), {"owner": owner_id, "ids": ids})


def find_unused(model: Any, values: dict[str, Any]) -> list[int]:
    """Return the rows that nothing else uses, in any app: the links are those of the models."""
    fields = model._meta.get_fields(include_hidden=True)
    uses = "".join(
        NO_USE.format(model=link.related_model._meta, field=link.field, besides=BESIDES.get(link.related_model, ""))
        for link in fields
        if link.auto_created and link.is_relation and (model is not Product or link.related_model not in PARTS)
    )
    if model is CustomField:
        uses += NO_VALUE
    return [pk for (pk,) in fetch(FIND_UNUSED.format(table=model._meta.db_table, uses=uses), values)]
