"""Restore a backup, migrate the database and verify its ledger."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from ops.backups import BackupFailed, restore


class Command(BaseCommand):
    help = "Restore a backup into the database, which must be empty; migrate it to this release and verify its ledger."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="a file that the command `backup` has written")
        parser.add_argument("--replace", action="store_true", help="drop the tables of the service first")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            restore(options["file"], replace=options["replace"])
        except BackupFailed as error:
            raise CommandError(str(error)) from error
        call_command("migrate", interactive=False, verbosity=0)
        call_command("verify_stock", restored=True, stdout=self.stdout)
