"""Django's command, for which a changed label or help text of a field is no change: pages have them, not tables."""

from typing import Any

from django.core.management.commands import makemigrations
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.models import Field


class Autodetector(MigrationAutodetector):
    def deep_deconstruct(self, obj: Any) -> Any:
        found = super().deep_deconstruct(obj)
        if isinstance(obj, Field):
            for text in ("verbose_name", "help_text"):
                found[-1].pop(text, None)
        return found


class Command(makemigrations.Command):
    autodetector = Autodetector
