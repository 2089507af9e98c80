"""Import a shop that export_account or an owner has exported, from this installation or another."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from desk.takeout.errors import ImportRefused
from desk.takeout.importing.services import import_shop


class Command(BaseCommand):
    help = "Import the archive of a shop with its users, ledger and seals, verify it, and change nothing if it fails."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="the archive of an export")
        parser.add_argument("--owner", default="", help="a new name for the owner, if another user has the name")
        parser.add_argument("--large-ids", action="store_true", help="accept ids far above the number of the rows")

    def handle(self, *args: Any, file: Path, owner: str, large_ids: bool, **options: Any) -> None:
        try:
            with file.open("rb") as opened:
                shop = import_shop(opened, self.stdout.write, owner, accept_large_ids=large_ids)
        except (ImportRefused, OSError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            f"{shop.leader.username} owns the shop, whose id is {shop.pk}. The ledger and its seals hold. Nobody has a"
            f" password: set the owner's by manage.py changepassword {shop.leader.username}. Webhooks are off, and API"
            " keys are revoked."
        )
