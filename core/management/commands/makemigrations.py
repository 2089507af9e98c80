"""Django's command, for which a changed label of a field is no change: labels are texts of pages, not of tables."""

from typing import Any

from django.core.management.commands import makemigrations
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.models import Field


class Autodetector(MigrationAutodetector):
    def deep_deconstruct(self, obj: Any) -> Any:
        found = super().deep_deconstruct(obj)
        if isinstance(obj, Field):
            found[-1].pop("verbose_name", None)
        return found


class Command(makemigrations.Command):
    autodetector = Autodetector
