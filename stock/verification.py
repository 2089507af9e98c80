"""Proves the ledger: chains, arithmetic, balances and owners, account by account, in bounded memory."""

from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models.functions import Now

from core.transactions import atomic, set_time_limit
from products.models import Product
from stock import sql
from stock.models import Movement, Verification

MAX_BREAKS = 1000
TIMEOUT_SECONDS = 60  # some ten million movements


@dataclass(frozen=True)
class Break:
    """Where a product's ledger does not hold."""

    product: int
    sequence: int
    what: str

    def __str__(self) -> str:
        return f"product {self.product}, movement {self.sequence}: {self.what}"


def find_breaks(owner_id: int, limit: int = MAX_BREAKS) -> list[Break]:
    """Where the account's ledger does not hold, the first `limit` of each kind; empty if it holds."""
    found = []
    with connection.cursor() as cursor:
        for statement in (sql.BREAKS, sql.CROSS_ACCOUNT_ROWS):
            cursor.execute(statement, {"owner": owner_id, "limit": limit})
            found += [Break(*row) for row in cursor.fetchall()]
    return found


@atomic
def verify(user: Any) -> dict[str, Any]:
    """The account's proof: how many products and movements were checked, and where the ledger does not hold."""
    set_time_limit(TIMEOUT_SECONDS)
    return {
        "products": Product.objects.for_user(user).count(),
        "movements": Movement.objects.for_user(user).count(),
        "broken": find_breaks(user.account_id),
    }


def verify_account(owner_id: int) -> Verification:
    """The account's proof, written down in place of the one before for the support desk."""
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
