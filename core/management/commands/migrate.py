"""Django's command, which compares models and migrations as `makemigrations` does."""

from django.core.management.commands import migrate

from core.management.commands.makemigrations import Autodetector


class Command(migrate.Command):
    autodetector = Autodetector
