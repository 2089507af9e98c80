"""Verifies the ledgers of all accounts."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db.models import QuerySet
from django.template.defaultfilters import pluralize

from core.database.sequences import find_misplaced
from products.models import Product
from stock.models import Movement, Verification
from stock.proofs.verification import describe_change, group_changes, verify_account
from users.models import User


def find_owner_ids(model: type[Product] | type[Movement]) -> QuerySet:
    return model.objects.order_by().values_list("owner_id", flat=True).distinct()


def find_account_ids() -> list[int]:
    """Return the ids of all owners, and of every user whom a product or a movement belongs to.

    In a broken ledger movements can belong to a user who is not an owner, or lack their product.
    """
    owners = set(User.objects.owners().values_list("id", flat=True))
    return sorted(owners.union(find_owner_ids(Product), find_owner_ids(Movement)))


def describe_broken(broken: list[Verification]) -> list[str]:
    """Return a sentence that names the first break and the number of broken accounts, or nothing."""
    if not broken:
        return []
    others = f" More broken accounts: {len(broken) - 1}." if len(broken) > 1 else ""
    return [f"The ledger of account {broken[0].owner_id} is broken: {broken[0].broken}.{others}"]


class Command(BaseCommand):
    help = (
        "Verify the sequences, arithmetic, balances and owners in every account's ledger, and store the results for the"
        " support desk. Print the first break and exit with 1 if a ledger is broken. Print each change of the database"
        " server, and the newest booking that was verified before it. Also check that the sequences of all tables"
        " continue the ids of their rows."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--restored", action="store_true", help="note that a backup has just been restored")

    def handle(self, *args: Any, **options: Any) -> None:
        results = [verify_account(owner_id, options["restored"]) for owner_id in find_account_ids()]
        broken = [result for result in results if result.broken]
        if not broken:
            movements = sum(result.movements for result in results)
            accounts = f"{len(results)} account{pluralize(len(results))}"
            self.stdout.write(f"{accounts}, {movements} movement{pluralize(movements)}: the ledger holds.")
        self.print_changes(results)
        if wrong := [*describe_broken(broken), *find_misplaced()]:
            raise CommandError("\n".join(wrong))

    def print_changes(self, results: list[Verification]) -> None:
        """Print the changes of the database server since the first verification, the oldest first."""
        for number, change in group_changes(results):
            self.stdout.write(
                f"{number} account{pluralize(number)}, noticed at {change['noticed_at']}: {describe_change(change)}"
            )
