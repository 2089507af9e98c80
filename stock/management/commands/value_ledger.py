"""Value the movements that earlier releases have booked."""

from typing import Any

from django.core.management.base import BaseCommand

from stock.services import value_some
from users.models import Role, User


class Command(BaseCommand):
    """Values in batches of about 10,000 movements, each a transaction, while the service runs. It can be repeated."""

    help = "Value the movements that were booked before the ledger had values, at today's cost prices."

    def handle(self, *args: Any, **options: Any) -> None:
        for owner_id in User.objects.filter(role=Role.OWNER).order_by("id").values_list("id", flat=True):
            while value_some(owner_id):
                pass
        self.stdout.write("All movements have values.")
