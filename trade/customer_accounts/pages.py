"""The page of an account, and its file."""

from collections.abc import Iterator
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext

from core.files.documents import begin_document
from core.pages.columns import Display, PageColumn, Row, moment_column, money_column, number_column
from core.pages.links import Action
from core.pages.papers import put_cells, put_table
from core.pages.tables import DetailPage, TableSection, make_filled
from core.sentences import fill, writing_for
from core.translation import gettext_noop as _
from stock.models import PaymentKind
from trade.customer_accounts.reading import Account
from trade.customer_accounts.serializers import CustomerAccountSerializer
from trade.selling.payments.pages import leave_out_zero
from users.access.roles import Right

KINDS = ("sale", "return", "payment", "refund", "reversal")
COLUMNS = ("at", "kind", "operation", "sale", "number", "invoice", "paid_by", "amount", "balance")
MONEY = ("amount", "balance")


def name_sale(row: Row) -> str:
    return f"#{row['number']}"


def name_invoice(row: Row) -> str:
    return row["invoice"]["number"] if row["invoice"] else ""


def say_not_noted(data: Row) -> str:
    """Return the sentence about the sales that do not count, if there are any."""
    said = _("Older sales that were not noted as paid do not count: {count}, {total} in all.")
    return fill(said, **data["not_noted"]) if data["not_noted"]["count"] else ""


def link_to_pay(row: Row) -> str:
    return reverse("shop-pay-customer", args=[row["customer"]]) if float(row["owed"]) else ""


NUMBER = PageColumn("number", "Sale", page="sale-detail", id_field="sale", write=name_sale)
INVOICE = PageColumn("invoice", "Invoice", is_optional=True, write=name_invoice)
ACCOUNT = DetailPage(
    lambda row: fill("Account of {name}", name=row["customer_name"]),
    (money_column("opening", "Opening balance", write=leave_out_zero("opening")),),
    figures=(
        money_column("closing", "Balance"),
        money_column("owed", "Due"),
        money_column("credit", "Paid too much", write=leave_out_zero("credit")),
    ),
    sections=(
        TableSection(
            "open",
            "To be paid",
            (
                NUMBER,
                INVOICE,
                PageColumn("day", "Sold on", kind="date"),
                PageColumn("due_on", "Due on", kind="date"),
                money_column("due", "Due"),
                number_column("overdue_days", "Days overdue"),
            ),
            empty="Nothing is due.",
            note=say_not_noted,
        ),
        TableSection(
            "entries",
            "History",
            (
                moment_column("at", "When"),
                PageColumn("kind", "What", kind="words", codes=KINDS),
                NUMBER,
                INVOICE,
                PageColumn("paid_by", "Paid by", kind="words", codes=PaymentKind.values, is_optional=True),
                money_column("amount", "Amount"),
                money_column("balance", "Balance"),
            ),
            empty="Nothing was recorded in this time.",
        ),
    ),
    actions=(Action("Save a payment", link_to_pay, right=Right.WORK, style="primary"),),
    has_csv=True,
    has_pdf=True,
)


def make_rows(account: Account) -> Iterator[tuple[Any, ...]]:
    """Yield the header, the opening balance, and a row for each entry."""
    yield COLUMNS
    yield (account.start, "opening", *[None] * (len(COLUMNS) - 3), account.opening)
    for entry in account.entries:
        cells = {**entry, "invoice": name_invoice(entry)}
        yield tuple(cells[name] for name in COLUMNS)


def make_document(account: Account, shop: Any) -> Any:
    """Return what the page shows of the account as a document in the language of the shop."""
    with writing_for(shop):
        row, display = CustomerAccountSerializer(account).data, Display.of(shop, is_kept=True)
        document = begin_document(ACCOUNT.name(row), shop)
        document.put(account.customer.address)
        document.put(display.date(account.end or shop.shop_today()))
        sums = make_filled((*ACCOUNT.columns, *ACCOUNT.figures), row, display)
        put_cells(document, gettext("Account"), sums, [gettext("Due")])
        for section in ACCOUNT.sections[::-1]:
            put_table(document, section.table(None, row, display))
        return document
