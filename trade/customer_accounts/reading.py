"""The account of a customer: what was sold, paid and given back, in the order of booking."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from core.database.replicas import read
from core.database.transactions import atomic_snapshot
from core.time_zones import midnight
from stock.errors import ReportTooLong
from trade.customer_accounts import sql
from trade.customer_accounts.dues import Due, read_dues
from trade.customers.models import Customer
from trade.sales.services import read_numbers
from users.models import User

MAX_ENTRIES = 10_000
MAX_OPEN = 1000  # the most open sales that the response lists
NOTHING = Decimal("0.00")


@dataclass
class Invoice:
    id: int
    number: str


@dataclass
class Entry:
    """What was booked of a sale. `amount` is positive if the customer owes it."""

    kind: str
    at: datetime
    operation: int
    sale: int
    payment: int | None
    paid_by: str | None
    invoice: Invoice | None
    amount: Decimal
    balance: Decimal
    number: int | None = None


@dataclass
class OpenSale:
    operation: int
    number: int | None
    day: date
    due_on: date
    overdue_days: int
    invoice: Invoice | None
    due: Decimal


@dataclass
class Account:
    customer: Customer
    start: date | None
    end: date | None
    opening: Decimal
    dues: list[Due]
    entries: list[Entry] = field(default_factory=list)
    open: list[OpenSale] = field(default_factory=list)

    @property
    def closing(self) -> Decimal:
        return self.entries[-1].balance if self.entries else self.opening

    @property
    def owed(self) -> Decimal:
        return sum((one.due for one in self.dues if one.counts and one.due > 0), NOTHING)

    @property
    def credit(self) -> Decimal:
        return sum((one.due for one in self.dues if one.counts and one.due < 0), NOTHING)

    @property
    def not_noted(self) -> dict[str, Any]:
        """Return the number and the sum of the sales before the first day that counts for which nothing was noted."""
        found = [one.due for one in self.dues if not one.counts and one.due > 0]
        return {"count": len(found), "total": sum(found, NOTHING)}


def read_account(user: User, customer: Customer, start: date | None = None, end: date | None = None) -> Account:
    """Return the account. `end` is the last day of its entries. Raise ReportTooLong."""
    account = read_booked(user.shop_zone, customer, start, end)
    open_sales = [one for one in account.dues if one.counts and one.due > 0][:MAX_OPEN]
    sales = {entry.sale for entry in account.entries} | {one.sale for one in open_sales}
    numbers = read_numbers(customer.owner_id, sales)
    for entry in account.entries:
        entry.number = numbers[entry.sale]
    for one in open_sales:
        issued = Invoice(one.invoice_id, one.invoice_number or "") if one.invoice_id else None
        shown = (one.sale, numbers[one.sale], one.day, one.due_on, max(one.days_over, 0), issued, one.due)
        account.open.append(OpenSale(*shown))
    return account


@atomic_snapshot
def read_booked(zone: str, customer: Customer, start: date | None, end: date | None) -> Account:
    """Return the account without the list of open sales and without the numbers of sales."""
    owner_id = customer.owner_id
    values: dict[str, Any] = {"owner": owner_id, "customer": customer.pk, "limit": MAX_ENTRIES + 1}
    values["start"] = midnight(start, zone) if start else "-infinity"
    values["end"] = midnight(end + timedelta(days=1), zone) if end else "infinity"
    [[*_, opening], *rows] = read(sql.ENTRIES, values)
    if len(rows) > MAX_ENTRIES:
        raise ReportTooLong(limit=MAX_ENTRIES)
    account = Account(customer, start, end, opening, read_dues(owner_id, customer.pk))
    for *booked, invoice, invoice_number, amount in rows:
        kind, at, operation, sale, payment, paid_by = booked
        issued = Invoice(invoice, invoice_number) if invoice else None
        balance = account.closing + amount
        account.entries.append(Entry(kind, at, operation, sale, payment, paid_by, issued, amount, balance))
    return account
