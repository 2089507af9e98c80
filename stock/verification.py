"""Verify the ledger of an account: sequences, arithmetic, balances and owners. Uses a limited amount of memory."""

from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models.functions import Now

from core.transactions import atomic, set_time_limit
from products.models import Product
from stock import sql
from stock.models import Movement, Verification

MAX_BREAKS = 1000
TIMEOUT_SECONDS = 60  # enough for about ten million movements


@dataclass(frozen=True)
class Break:
    """A movement or a balance that breaks a rule of the ledger."""

    product: int
    sequence: int
    what: str

    def __str__(self) -> str:
        return f"product {self.product}, movement {self.sequence}: {self.what}"


def find_breaks(owner_id: int, limit: int = MAX_BREAKS) -> list[Break]:
    """Return the breaks in the account's ledger, at most `limit` of each kind; [] if there is none."""
    found = []
    with connection.cursor() as cursor:
        for statement in (sql.BREAKS, sql.CROSS_ACCOUNT_ROWS):
            cursor.execute(statement, {"owner": owner_id, "limit": limit})
            found += [Break(*row) for row in cursor.fetchall()]
    return found


@atomic
def verify_ledger(user: Any) -> dict[str, Any]:
    """Return the numbers of the account's products and movements, and the breaks in its ledger."""
    set_time_limit(TIMEOUT_SECONDS)
    return {
        "products": Product.objects.for_user(user).count(),
        "movements": Movement.objects.for_user(user).count(),
        "broken": find_breaks(user.account_id),
    }


def verify_account(owner_id: int) -> Verification:
    """Verify the account's ledger, store the result in place of the previous one, and return it.

    The support desk shows the stored results.
    """
    found = find_breaks(owner_id, limit=1)
    result = Verification(
        owner_id=owner_id,
        verified_at=Now(),
        movements=Movement.objects.filter(owner_id=owner_id).count(),
        broken=str(found[0]) if found else "",
    )
    columns = ["verified_at", "movements", "broken"]
    Verification.objects.bulk_create([result], update_conflicts=True, unique_fields=["owner"], update_fields=columns)
    return result
