"""What responses show of invoices: what is due now, the sums of a list, and what the search of each page finds."""

import re
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import BooleanField, Case, CharField, Count, DecimalField, F, Q, QuerySet, Sum, Value, When
from django.db.models.expressions import RawSQL
from django.db.models.fields.json import KeyTextTransform
from django.urls import reverse
from django.utils.translation import gettext

from core.pages.columns import Row
from core.pages.finding import Asked, select
from stock.booking.drafts import NOTHING
from trade.invoices import sql
from trade.invoices.models import Invoice, InvoiceKind
from trade.invoices.services import find_invoices
from trade.selling.hooks import PaperHook
from users.hooks import ClosingHook
from users.models import OFF, User

NUMBER = re.compile(r"([0-9]{4})-(C?)0*([1-9][0-9]{0,11})", re.IGNORECASE | re.ASCII)
BUYER_NAME: Any = KeyTextTransform("name", KeyTextTransform("buyer", "document"))
SIGN = Case(When(kind=InvoiceKind.CREDIT_NOTE, then=Value(-1)), default=Value(1))
MONEY = ("net", "tax", "gross")
OWNER = "%(owner)s"


class PapersOfSales(PaperHook):
    find_papers = staticmethod(find_invoices)

    def link_to_issue(self, user: User, sale: Row) -> str:
        """Return an address for what is left of the sale, unless the shop has switched invoices off."""
        is_left = any(line["returned"] < line["quantity"] for line in sale["lines"])
        shop: Any = user.shop_owner
        is_off = shop.list_switches()["invoices"] == OFF
        is_offered = is_left and not (sale["undone"] or sale["invoice"] or is_off)
        return reverse("shop-invoice", args=[sale["operation"]]) if is_offered else ""

    def read_overdue(self, user: User, since: date) -> tuple[int, Decimal]:
        invoices = Invoice.objects.filter(owner_id=user.account_id, due_on__gte=since)
        return sum_due(add_due(user.account_id, invoices).filter(find_overdue(user)))

    def select_papers(self) -> str:
        return sql.OF_SALES


def add_due(owner_id: int | None, invoices: QuerySet) -> QuerySet:
    """Return the invoices of sales among these rows of the account, with what is left to pay of each as `left`."""
    due = write_column(sql.DUE, owner_id, DecimalField())
    with_due: QuerySet = invoices.filter(kind=InvoiceKind.INVOICE).annotate(left=due)
    return with_due


def write_column(text: str, owner_id: int | None, field: Any) -> Any:
    """Return an expression of trade.invoices.sql, which names the account only."""
    return RawSQL(text.replace(OWNER, "%s"), [owner_id] * text.count(OWNER), field)  # noqa: S611, constants


def find_overdue(user: User) -> Any:
    """Return the condition on what add_due() returns: something should have been paid before today."""
    counts = write_column(sql.COUNTS, user.account_id, BooleanField())
    return Q(counts, left__gt=0, due_on__lt=user.shop_today())


def attach_due(invoices: Any) -> list[Any]:
    """Set what is left to pay now of the sales of these invoices, which belong to one account. Return the invoices."""
    shown = list(invoices)
    owner_id = shown[0].owner_id if shown else None
    rows = add_due(owner_id, Invoice.objects.filter(owner_id=owner_id, pk__in=[one.pk for one in shown]))
    due = dict(rows.values_list("pk", "left"))
    for one in shown:
        one.due = due.get(one.pk)
    return shown


def sum_due(invoices: QuerySet) -> tuple[int, Decimal]:
    """Return of how many of these invoices something is left to pay, and how much. They come from add_due()."""
    sums = invoices.filter(left__gt=0).aggregate(number=Count("pk"), due=Sum("left", default=NOTHING))
    return sums["number"], sums["due"]


def sum_up(owner_id: int | None, invoices: QuerySet) -> dict[str, Any]:
    """Return the sums of these invoices of the account, or of none. Credit notes are taken off."""
    kinds = {f"{kind.value}s": Count("pk", filter=Q(kind=kind)) for kind in InvoiceKind}
    sums = {name: Sum(F(name) * SIGN, default=NOTHING) for name in MONEY}
    totals = invoices.order_by().aggregate(**kinds, **sums)
    _, due = sum_due(add_due(owner_id, invoices.order_by()))
    return {**totals, **{name: f"{totals[name]:.2f}" for name in MONEY}, "due": f"{due:.2f}"}


class InvoicesOfClosing(ClosingHook):
    def describe_loss(self) -> str:
        return gettext("If you have issued invoices, save their files first: you may have to keep them for years.")


def find_named(asked: Asked) -> QuerySet:
    """Return the invoice with this number."""
    rows = asked.owned(Invoice).filter(match_printed(asked.text) or Q(pk__in=[]))
    return select(rows, Value(asked.text, CharField()), BUYER_NAME, at=F("created_at"))


def match_printed(text: str) -> Q:
    """Return the condition that an invoice has this number: 2026-000123, or 2026-C000004. It is empty for others."""
    if not (found := NUMBER.fullmatch(text.strip())):
        return Q()
    year, credit, number = found.groups()
    return Q(kind=InvoiceKind.CREDIT_NOTE if credit else InvoiceKind.INVOICE, year=int(year), number=int(number))
