"""Write the tables of the documentation that list the names of columns and the systems that the import knows."""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from products.filing.column_names import SYNONYMS
from products.filing.columns import COLUMN_NAMES
from products.filing.systems.systems import SYSTEMS, System


def list_names() -> Iterator[str]:
    """Yield a row for each column of products, with its other names."""
    return (f"| `{column}` | {', '.join(SYNONYMS.get(column, ()))} |" for column in COLUMN_NAMES)


def list_systems() -> Iterator[str]:
    """Yield a row for each system: the columns by which its files are recognised."""
    names = sorted({system.name for system in SYSTEMS}, key=str.casefold)
    return (describe(name, [system for system in SYSTEMS if system.name == name]) for name in names)


def describe(name: str, systems: list[System]) -> str:
    address = re.sub(r"[^\w-]", "", name.lower().replace(" ", "-"))
    marks = dict.fromkeys(", ".join(f"`{word}`" for word in system.marks[0]) for system in systems)
    return f"| [{name}](#{address}) | {'; or '.join(marks)} |"


def replace_table(page: str, header: str, rows: Iterable[str]) -> str:
    """Return the text of a document with these rows in the table that has this header."""
    start = page.index("\n", page.index(f"{header}\n| --- |") + len(header) + 1) + 1
    return page[:start] + "".join(f"{row}\n" for row in rows) + page[page.index("\n\n", start - 1) + 1 :]


# The header and the rows of the table in each document.
TABLES = {
    "column-names.md": ("| column | also |", list_names),
    "moving.md": ("| system | recognised by the columns |", list_systems),
}


class Command(BaseCommand):
    help = "Write the tables of names and of systems in the documents of the import from synonyms.toml and the tables."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        for name, (header, list_rows) in TABLES.items():
            page = settings.BASE_DIR / "docs" / name
            text = replace_table(page.read_text(encoding="utf-8"), header, list_rows())
            page.write_text(text, encoding="utf-8")
