"""Proves the whole ledger, or names where it breaks."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db.models import QuerySet

from products.models import Product
from stock.models import Movement
from stock.verification import breaks


def owners_of(model: type[Product] | type[Movement]) -> QuerySet:
    """The accounts that have such rows; a movement may be left without its product."""
    return model.objects.order_by().values_list("owner_id", flat=True).distinct()


class Command(BaseCommand):
    help = "Check every account's chains, arithmetic, balances and owners. Exits with 1 and the first break."

    def handle(self, *args: Any, **options: Any) -> None:
        owners = sorted({owner_id for model in (Product, Movement) for owner_id in owners_of(model)})
        for owner_id in owners:
            for broken in breaks(owner_id, limit=1):
                raise CommandError(
                    f"The ledger of account {owner_id} is broken:"
                    f" product {broken.product}, movement {broken.sequence}: {broken.what}."
                )
        self.stdout.write(f"{len(owners)} accounts, {Movement.objects.count()} movements: the ledger holds.")
