"""Create the demo shop unless it exists."""

import sys
from importlib import import_module
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import OperationalError, connection, transaction

from core.database.embedded import server
from core.database.embedded.place import is_created
from core.database.postgres.base import fetch
from core.progress import show_progress
from ops.demo.credentials import DEMO_USERS
from ops.demo.filling import SIZES, add_missing_keys, fill
from ops.demo.state import create_tables
from products.models import Product
from stock.models import Movement
from users.errors import TooManyKeys
from users.models import User

COUNT_OWNERS = (
    "SELECT count(*) FROM users_user WHERE employer_id IS NULL AND NOT is_staff AND username <> ALL(%(demo)s)"
)
USERS_TABLE = "users_user"
DEFAULT_SIZE = "small"


class Command(BaseCommand):
    help = "Create the demo users and their shop unless they exist. In demo mode only."

    def add_arguments(self, parser: CommandParser) -> None:
        products = ", ".join(f"{name} has {size.products:,} products" for name, size in SIZES.items())
        parser.add_argument("--reset", action="store_true", help="delete the embedded database first")
        parser.add_argument("--yes", action="store_true", help="do not ask for confirmation")
        parser.add_argument("--size", choices=list(SIZES), help=f"the size of the shop: {products}")

    def handle(self, *args: Any, size: str | None, reset: bool, yes: bool, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("The demo shop exists in demo mode only: set DEMO=on.")
        if reset:
            if not yes:
                self.confirm()
            connection.close()
            server.delete_server()
            with show_progress("Creating the database"):
                create_tables()
        if owner := User.objects.filter(username="demo").first():
            if size:
                self.stdout.write("The demo shop exists already: --reset creates it again.")
            self.complete(owner)
            return
        self.stdout.write(f"Filling the demo shop ({size or DEFAULT_SIZE}, once) ...")
        with show_progress("Filling the demo shop"):
            import_module(settings.ROOT_URLCONF)  # no transaction waits for it: it can take many seconds the first time
            with transaction.atomic():
                fill(SIZES[size or DEFAULT_SIZE])
        self.stdout.write(f"{Product.objects.count():,} products and {Movement.objects.count():,} movements.")

    def complete(self, owner: User) -> None:
        """Add what the release that has made the shop did not have, and what the start prints."""
        try:
            add_missing_keys(owner)
        except TooManyKeys as error:
            self.stdout.write(f"The demo lacks an API key: {error}")

    def confirm(self) -> None:
        """Ask before shops that people have registered are deleted. Raise CommandError unless the answer is yes."""
        lost = describe_loss()
        if not lost:
            return
        if not sys.stdin.isatty():
            raise CommandError(f"This would delete {lost}: confirm with make reset YES=1, or load_demo --reset --yes.")
        if input(f"This deletes {lost}, with all their movements. Type yes to continue: ").strip().lower() != "yes":
            raise CommandError("Nothing was deleted.")


def describe_loss() -> str:
    """Return what a reset deletes and the demo does not create again. It is empty if there is nothing."""
    if not is_created():
        return ""
    try:
        if USERS_TABLE not in connection.introspection.table_names():
            return ""
        [(registered,)] = fetch(COUNT_OWNERS, {"demo": [*DEMO_USERS]})
    except OperationalError:
        return "a database that does not start, with unknown content"
    shops = "1 registered shop" if registered == 1 else f"{registered:,} registered shops"
    return shops if registered else ""
