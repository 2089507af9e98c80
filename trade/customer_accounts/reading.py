"""The account of a customer: what was sold, paid and given back, in the order of booking."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from core.database.replicas import read
from core.database.transactions import atomic_snapshot
from core.time_zones import MAX_INSTANT, MIN_INSTANT, midnight
from stock.errors import ReportTooLong
from trade.customer_accounts import sql
from trade.customer_accounts.dues import Due, read_dues, sum_due
from trade.customers.models import Customer
from trade.sales.services import read_numbers
from users.models import User

MAX_ENTRIES = 10_000
MAX_OPEN = 1000  # the most open sales that the response lists
ENTRY = ("kind", "at", "operation", "sale", "payment", "paid_by", "invoice_id", "invoice_number", "amount")
Row = dict[str, Any]


@dataclass
class Account:
    customer: Customer
    start: date | None
    end: date | None
    opening: Decimal
    dues: list[Due]
    entries: list[Row] = field(default_factory=list)
    open: list[Row] = field(default_factory=list)

    @property
    def closing(self) -> Decimal:
        return self.entries[-1]["balance"] if self.entries else self.opening

    @property
    def owed(self) -> Decimal:
        return sum_due(self.dues)

    @property
    def credit(self) -> Decimal:
        return sum_due(self.dues, sign=-1)

    @property
    def not_noted(self) -> Row:
        """Return the number and the sum of the unpaid sales before the first day that counts."""
        found = [one._replace(counts=True) for one in self.dues if not one.counts and one.due > 0]
        return {"count": len(found), "total": sum_due(found)}


def read_account(user: User, customer: Customer, start: date | None = None, end: date | None = None) -> Account:
    """Return the account. `end` is the last day of its entries. Raise ReportTooLong."""
    account = read_booked(user.shop_zone, customer, start, end)
    account.open = [show_due(one) for one in account.dues if one.counts and one.due > 0][:MAX_OPEN]
    rows = [*account.entries, *account.open]
    numbers = read_numbers(customer.owner_id, {row["sale"] for row in rows})
    for row in rows:
        row["number"] = numbers[row["sale"]]
    return account


@atomic_snapshot
def read_booked(zone: str, customer: Customer, start: date | None, end: date | None) -> Account:
    """Return the account without the list of open sales and without the numbers of sales."""
    owner_id = customer.owner_id
    values = {
        "owner": owner_id,
        "customer": customer.pk,
        "limit": MAX_ENTRIES + 1,
        "start": midnight(max(start, MIN_INSTANT.date()), zone) if start else "-infinity",
        "end": midnight(min(end, MAX_INSTANT.date()) + timedelta(days=1), zone) if end else "infinity",
    }
    [[*_, opening], *rows] = read(sql.write_entries(), values)
    if len(rows) > MAX_ENTRIES:
        raise ReportTooLong(limit=MAX_ENTRIES)
    account = Account(customer, start, end, opening, read_dues(owner_id, customer.pk))
    for row in rows:
        entry = dict(zip(ENTRY, row, strict=True))
        invoice = make_invoice(entry.pop("invoice_id"), entry.pop("invoice_number"))
        account.entries.append({**entry, "invoice": invoice, "balance": account.closing + entry["amount"]})
    return account


def make_invoice(pk: int | None, number: str | None) -> Row | None:
    return {"id": pk, "number": number} if pk else None


def show_due(one: Due) -> Row:
    """Return an open sale, for the response."""
    invoice = make_invoice(one.invoice_id, one.invoice_number)
    return {**one._asdict(), "invoice": invoice, "overdue_days": max(one.days_over, 0)}
