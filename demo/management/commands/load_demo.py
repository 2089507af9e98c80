"""Makes the demo shop, an invented tea shop (demo), unless it is there."""

import sys
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import OperationalError, connection, transaction

from core.embedded_postgres import server
from core.embedded_postgres.place import is_created
from demo.credentials import DEMO_USERS
from demo.filling import SIZES, fill
from products.models import Product
from stock.models import Movement
from users.models import User

OWNERS = "SELECT count(*) FROM users_user WHERE employer_id IS NULL AND NOT is_staff AND username <> ALL(%s)"
USERS = "users_user"
USUAL = "small"


class Command(BaseCommand):
    help = "Create the demo users and their shop, unless they are there. In demo mode only."

    def add_arguments(self, parser: CommandParser) -> None:
        products = ", ".join(f"{name} has {each.products:,} products" for name, each in SIZES.items())
        parser.add_argument("--reset", action="store_true", help="throw the embedded database away first")
        parser.add_argument("--yes", action="store_true", help="do so without asking, whoever registered in it")
        parser.add_argument("--size", choices=list(SIZES), help=f"how much of everything: {products}")

    def handle(self, *args: Any, size: str | None, reset: bool, yes: bool, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("The demo shop exists in demo mode only: set DEMO=on.")
        if reset:
            if not yes:
                self.ask()
            connection.close()
            server.remove()
            call_command("migrate", verbosity=0)
        if User.objects.filter(username="demo").exists():
            if size:
                self.stdout.write("The demo shop is there already: --reset starts it over.")
            return
        self.stdout.write(f"Filling the demo shop ({size or USUAL}, once) ...")
        with transaction.atomic():
            fill(SIZES[size or USUAL])
        self.stdout.write(f"{Product.objects.count():,} products and {Movement.objects.count():,} movements.")

    def ask(self) -> None:
        """Ask before what people registered is thrown away. Raise CommandError unless the answer is yes."""
        lost = what_is_lost()
        if not lost:
            return
        if not sys.stdin.isatty():
            raise CommandError(f"This throws away {lost}: say make reset YES=1, or load_demo --reset --yes.")
        if input(f"This throws away {lost}, with all their movements. Type yes to go on: ").strip().lower() != "yes":
            raise CommandError("Nothing was thrown away.")


def what_is_lost() -> str:
    """Return what of the embedded database the demo would not bring back; empty if there is nothing."""
    if not is_created():
        return ""
    try:
        with connection.cursor() as cursor:
            if USERS not in connection.introspection.table_names(cursor):
                return ""
            cursor.execute(OWNERS, [list(DEMO_USERS)])
            registered: int = cursor.fetchone()[0]
    except OperationalError:
        return "a database that does not start, whatever is in it"
    shops = "1 shop that somebody" if registered == 1 else f"{registered:,} shops that people"
    return f"{shops} registered" if registered else ""
