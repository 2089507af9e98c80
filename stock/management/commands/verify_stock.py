"""Proves the whole ledger, or names where it breaks."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db.models import QuerySet

from products.models import Product
from stock.models import Movement
from stock.verification import verify_account
from users.models import Role, User


def owners_of(model: type[Product] | type[Movement]) -> QuerySet:
    """The accounts that have such rows; a movement may be left without its product."""
    return model.objects.order_by().values_list("owner_id", flat=True).distinct()


def accounts() -> list[int]:
    """The owners, those without a row as well, and whoever else rows may belong to."""
    owners = set(User.objects.filter(role=Role.OWNER).values_list("id", flat=True))
    return sorted(owners.union(owners_of(Product), owners_of(Movement)))


class Command(BaseCommand):
    help = (
        "Check every account's chains, arithmetic, balances and owners, and write down the result of each."
        " Exits with 1 and the first break."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        results = [verify_account(owner_id) for owner_id in accounts()]
        broken = [result for result in results if result.broken]
        if broken:
            others = f" More broken accounts: {len(broken) - 1}." if len(broken) > 1 else ""
            raise CommandError(f"The ledger of account {broken[0].owner_id} is broken: {broken[0].broken}.{others}")
        movements = sum(result.movements for result in results)
        self.stdout.write(f"{len(results)} accounts, {movements} movements: the ledger holds.")
