"""Write the table of the documentation that lists the surest names of the columns that the import knows."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from products.filing.column_names import SYNONYMS
from products.filing.columns import COLUMN_NAMES

MAX_NAMES = 7  # of each column


def list_names() -> Iterator[str]:
    """Yield a row for each column of products, with its surest other names."""
    return (f"| `{column}` | {', '.join(SYNONYMS.get(column, ())[:MAX_NAMES])} |" for column in COLUMN_NAMES)


def replace_table(page: str, header: str, rows: Iterable[str]) -> str:
    """Return the text of a document with these rows in the table that has this header."""
    start = page.index("\n", page.index(f"{header}\n| --- |") + len(header) + 1) + 1
    return page[:start] + "".join(f"{row}\n" for row in rows) + page[page.index("\n\n", start - 1) + 1 :]


# The header and the rows of the table in each document.
TABLES = {"import.md": ("| column | also |", list_names)}


class Command(BaseCommand):
    help = "Write the table of the names of columns in docs/import.md from synonyms.toml."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        for name, (header, list_rows) in TABLES.items():
            page = settings.BASE_DIR / "docs" / name
            text = replace_table(page.read_text(encoding="utf-8"), header, list_rows())
            page.write_text(text, encoding="utf-8")
