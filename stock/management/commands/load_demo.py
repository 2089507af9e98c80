"""Makes the demo shop, an invented tea shop (stock/demo), unless it is there."""

from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection, transaction

from inventory_api.embedded_postgres import server
from products.models import Product
from stock.demo.filling import SIZES, fill
from stock.models import Movement
from users.models import User

USUAL = "small"


class Command(BaseCommand):
    help = "Create the demo users and their shop, unless they are there. In demo mode only."

    def add_arguments(self, parser: CommandParser) -> None:
        products = ", ".join(f"{name} has {each.products:,} products" for name, each in SIZES.items())
        parser.add_argument("--reset", action="store_true", help="throw the embedded database away first")
        parser.add_argument("--size", choices=list(SIZES), help=f"how much of everything: {products}")

    def handle(self, *args: Any, size: str | None, reset: bool, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("The demo shop exists in demo mode only: set DEMO=on.")
        if reset:
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
