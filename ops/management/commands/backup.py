"""Write a backup of the whole database to a file."""

from argparse import ArgumentParser
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from ops.backups import BackupFailed, back_up

FOLDER = Path("backups")


class Command(BaseCommand):
    help = "Write the whole database to a file, with the pg_dump that matches the server."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", nargs="?", type=Path, help="the new file; by default backups/inventory-<time>.dump")

    def handle(self, *args: Any, **options: Any) -> None:
        file = options["file"] or FOLDER / f"inventory-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.dump"
        try:
            back_up(file)
        except BackupFailed as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{file}: {file.stat().st_size:,} bytes.")
