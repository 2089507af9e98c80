"""Hold customers for the rows that are about to name them."""

from trade.customers.errors import CustomerArchived
from trade.customers.models import Customer


def hold_customer(owner_id: int, pk: int, *, may_be_archived: bool = False) -> Customer:
    """Lock the customer or, if it was merged, the one that it was merged into, and return it.

    So nobody archives it until this transaction ends. Raise DoesNotExist or CustomerArchived.
    """
    customers = Customer.objects.filter(owner_id=owner_id)
    held: Customer = customers.get_locked(pk)
    if held.merged_into_id:
        held = customers.get_locked(held.merged_into_id)
    if held.archived_at is not None and not may_be_archived:
        raise CustomerArchived(customer=held.pk)
    return held
