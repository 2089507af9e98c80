"""Write a file with all rows of a shop."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from desk.takeout.jobs import write_file
from desk.takeout.reading.archive import read_snapshot, write_archive
from stock.proofs.services import seal_account
from users.models import User


class Command(BaseCommand):
    help = "Write all rows of a shop to a zip archive, which import_account reads."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("user", help="the name of a user of the shop")
        parser.add_argument("file", type=Path, help="a new file")

    def handle(self, *args: Any, user: str, file: Path, **options: Any) -> None:
        found = User.objects.named(user).select_related("employer").first()
        if found is None or found.account is None:
            raise CommandError(f"No shop has a user named {user}.")
        if file.exists():
            raise CommandError(f"{file} exists already: name another file.")
        owner: User = found.account
        seal_account(owner_id=owner.pk)
        unfinished = file.with_name(f"{file.name}.unfinished")
        try:
            with read_snapshot():
                write_file(unfinished, lambda file: write_archive(file, owner))
            unfinished.rename(file)
        except OSError as error:
            raise CommandError(f"{file} can't be written: {error.strerror}.") from error
        finally:
            unfinished.unlink(missing_ok=True)
        self.stdout.write(f"{file}: {file.stat().st_size:,} bytes.")
