"""What is due of the sales of a customer."""

from collections.abc import Collection
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from django.shortcuts import get_object_or_404

from core.database.replicas import read
from stock.booking.drafts import NOTHING
from trade.customer_accounts import sql
from trade.customers.models import Customer
from users.models import User


class Due(NamedTuple):
    """What is due of a sale, below 0 if the customer has paid too much. `counts` tells whether it is in the account."""

    sale: int
    day: date
    due: Decimal
    counts: bool
    due_on: date
    days_over: int
    invoice_id: int | None
    invoice_number: str | None


def find_customer(user: User, pk: int) -> Customer:
    """Return the customer, or the one that it was merged into. Raise Http404."""
    found: Any = get_object_or_404(Customer.objects.for_user(user).select_related("merged_into"), pk=pk)
    customer: Customer = found.merged_into or found
    return customer


def read_dues(owner_id: int, customer_id: int, sales: Collection[int] | None = None) -> list[Due]:
    """Return what is due of the sales of the customer, the oldest first, or of those that are named.

    Those that are named are also returned if nothing is due. Sales that are undone are left out.
    """
    named = None if sales is None else [*sales]
    return [Due(*row) for row in read(sql.write_dues(), {"owner": owner_id, "customer": customer_id, "sales": named})]


def sum_due(dues: list[Due], sign: int = 1) -> Decimal:
    """Return the sum of what is due of the sales that count or, with a `sign` of -1, of what was paid too much."""
    return sum((one.due for one in dues if one.counts and one.due * sign > 0), NOTHING)
