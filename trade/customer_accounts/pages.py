"""The page of an account, and its file."""

from collections.abc import Iterator
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext, override

from core.files.documents import NOTE, begin_document
from core.pages.columns import Display, PageColumn, Row, moment_column, money_column, number_column
from core.pages.links import Action
from core.pages.tables import DetailPage, TableSection
from core.sentences import fill, writing_numbers
from core.translation import gettext_noop as _
from stock.models import PaymentKind
from trade.customer_accounts.reading import Account
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
    """Return the account as a document in the language of the shop."""
    with writing_numbers(shop.shop_decimal_sign), override(shop.shop_language):
        display = Display.of(shop, is_kept=True)
        document = begin_document(gettext("Account of {name}").format(name=account.customer.name), shop)
        document.put(account.customer.address)
        document.put(display.date(account.end or shop.shop_today()))
        opening = display.date(account.start) if account.start else "", gettext("Opening balance")
        rows = [[*opening, "", "", "", display.amount(account.opening)]]
        for entry in account.entries:
            what = display.moment(entry["at"]), display.words(entry["kind"]), name_sale(entry), name_invoice(entry)
            rows.append([*what, *map(display.amount, (entry["amount"], entry["balance"]))])
        titles = [*map(gettext, ("When", "What", "Sale", "Invoice", "Amount", "Balance"))]
        balance, due = gettext("Balance"), gettext("Due")
        document.put_table(titles, rows, [(balance, display.money(account.closing))], texts=4, strong=[balance])
        if account.open:
            document.put(gettext("To be paid"), "title")
            rows = [
                [name_sale(one), name_invoice(one), display.date(one["due_on"]), display.amount(one["due"])]
                for one in account.open
            ]
            titles = [*map(gettext, ("Sale", "Invoice", "Due on", "Due"))]
            document.put_table(titles, rows, [(due, display.money(account.owed))], texts=3, strong=[due])
        if account.credit:
            document.put(fill("Paid too much: {amount}", amount=display.money(-account.credit)), NOTE)
        return document
