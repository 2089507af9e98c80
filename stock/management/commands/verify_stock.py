"""Proves the whole ledger, or names where it breaks."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from products.models import Product
from stock.models import Movement
from stock.verification import breaks


class Command(BaseCommand):
    help = "Check every account's chains, arithmetic, balances and owners. Exits with 1 and the first break."

    def handle(self, *args: Any, **options: Any) -> None:
        owners = Product.objects.order_by("owner_id").values_list("owner_id", flat=True).distinct()
        for owner_id in owners:
            for broken in breaks(owner_id, limit=1):
                raise CommandError(
                    f"The ledger of account {owner_id} is broken:"
                    f" product {broken.product}, movement {broken.sequence}: {broken.what}."
                )
        self.stdout.write(f"{len(owners)} accounts, {Movement.objects.count()} movements: the ledger holds.")
