"""`manage.py write_error_codes`: writes the table of error codes into docs/errors.md."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from inventory_api.error_codes import replace_table


class Command(BaseCommand):
    help = "Write the table of docs/errors.md from the classes of the errors."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        page = settings.BASE_DIR / "docs" / "errors.md"
        page.write_text(replace_table(page.read_text(encoding="utf-8")), encoding="utf-8")
