"""The service that erases a customer. The other changes of customers are those of any owned row."""

from typing import Any

from core.archiving import lock_in_catalogue
from core.database.transactions import atomic
from core.erasing import forget_copies
from core.ownership import save_fields
from trade.customers.models import Customer
from users.leaving.erasing_services import blank_log_entries


@atomic
def erase(*, owner_id: int, pk: int) -> Customer:
    """Empty the personal fields, and remove what other rows have of them. Raise DoesNotExist."""
    customer: Customer = lock_in_catalogue(Customer.objects.all(), owner_id, pk)
    empty: dict[str, Any] = {**dict.fromkeys(customer.personal, ""), "external_id": None, "metadata": {}}
    save_fields(customer, {**empty, "name": customer.erased_name})
    blank_log_entries(Customer, customer)
    forget_copies(customer, owner_id)
    return customer
