"""Writes the rates of VAT of a shop.

Each change locks the account's catalogue, so that no product gets a rate meanwhile.
"""

from typing import Any

from core import archiving
from core.database.transactions import AccountLock, atomic, lock_account
from products.models import MAX_TAXES, Tax
from products.taxes.errors import TooManyTaxes
from users.models import User


@atomic
def create_tax(*, owner_id: int, **values: Any) -> Tax:
    """Create a rate of the account, and return it. From now on, its sales keep the rates. Raise TooManyTaxes (409)."""
    lock_account(owner_id, AccountLock.CATALOGUE)
    tax: Tax = Tax.objects.create(owner_id=owner_id, **values)
    check_number(owner_id)
    User.objects.filter(pk=owner_id, has_taxes=False).update(has_taxes=True)
    return tax


@atomic
def restore_tax(*, owner_id: int, pk: int) -> Tax:
    """Bring a rate back, and return it. Raise Tax.DoesNotExist or TooManyTaxes (409)."""
    tax: Tax = archiving.restore(Tax, owner_id=owner_id, pk=pk)
    check_number(owner_id)
    return tax


def check_number(owner_id: int) -> None:
    if Tax.objects.live().filter(owner_id=owner_id).count() > MAX_TAXES:
        raise TooManyTaxes(limit=MAX_TAXES)
