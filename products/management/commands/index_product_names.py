"""Create the index with which the support desk finds a product by any part of its name, in all accounts."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, connection

from products.reading import figures as sql
from products.search import has_name_index

NO_EXTENSION = (
    "The extension pg_trgm could not be created, so nothing has changed: {reason}. "
    "The support desk searches the newest products of all accounts, or within one account, without it."
)


class Command(BaseCommand):
    help = "Index parts of product names for the support desk, if the server has the extension pg_trgm."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--drop", action="store_true", help="drop the index instead")

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["drop"] and has_name_index():
            self.stdout.write("The index exists.")
            return
        with connection.cursor() as cursor:
            if not options["drop"]:
                create_extension(cursor)
            # This also drops the invalid index that an interrupted command has left.
            cursor.execute(sql.DROP_NAME_INDEX)
            if not options["drop"]:
                cursor.execute(sql.CREATE_NAME_INDEX)
        self.stdout.write("The index is dropped." if options["drop"] else "The index is created.")


def create_extension(cursor: Any) -> None:
    """Create pg_trgm if it does not exist. Raise CommandError if the server lacks it or the role may not create it."""
    try:
        cursor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    except DatabaseError as error:
        reason = str(error).splitlines()[0].rstrip(".")
        raise CommandError(NO_EXTENSION.format(reason=reason)) from error
