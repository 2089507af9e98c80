"""Store the imports that were refused, after their transactions were rolled back, and forget them after a time."""

import logging
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from django.db import connection, transaction
from django.utils import timezone
from rest_framework.exceptions import APIException

from core.errors import DomainError
from core.http.parsers import BODY_NAME
from core.sentences import fill_plural
from products.filing.errors import InvalidRows
from products.filing.states import Findings, ReadRows
from stock.models import MAX_FILE_NAME_LENGTH, Import
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
