"""Django's command, but it ignores changed labels and help texts of fields, because these do not affect tables."""

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
