"""Write the names and the systems that the import knows into docs/column-names.md and docs/moving.md."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from products.filing.known_names import TABLES, replace_table


class Command(BaseCommand):
    help = "Write the tables of names and of systems in the documents of the import from synonyms.toml and the tables."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        for name, (header, list_rows) in TABLES.items():
            page = settings.BASE_DIR / "docs" / name
            text = replace_table(page.read_text(encoding="utf-8"), header, list_rows())
            page.write_text(text, encoding="utf-8")
