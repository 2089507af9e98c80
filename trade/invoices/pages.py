"""The pages of invoices."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext

from core.pages.columns import Display, Mark, PageColumn, Row, columns_of, money_column
from core.pages.links import Action, PageLink, Verb, link_to_row
from core.pages.tables import DetailPage, TablePage, TableSection
from core.sentences import fill
from core.translation import gettext_noop as _
from trade.invoices.models import FileFormat, Invoice, InvoiceKind
from trade.invoices.papers import make_paper
from trade.invoices.reading import MONEY, add_due, attach_due, find_overdue
from trade.invoices.serializers import InvoiceSerializer
from users.access.roles import Right
from users.models import User
from users.reading import list_uses

invoice_column = columns_of(Invoice)
CREDIT = Mark(_("credit note"), lambda row: row["kind"] == InvoiceKind.CREDIT_NOTE)
OVERDUE = Mark(_("overdue"), lambda row: row.get("is_overdue"), "out")
NUMBER = PageColumn("number", "Number", page="invoice-detail", marks=(CREDIT,))
CUSTOMER = PageColumn("buyer_name", "Customer", links_to="customer")
ISSUED, GROSS = invoice_column("issued_on", kind="date"), invoice_column("gross", kind="money")
DUE_ON = PageColumn("due_on", "Due on", kind="date", marks=(OVERDUE,))
DUE = money_column("due", "Due", is_optional=True)
MAIL = Verb("Mail the invoice", say="The invoice is on its way.", link=link_to_row("invoice-detail"))


def make_signed(name: str) -> PageColumn:
    """Return the column of an amount, which a credit note takes off."""
    return invoice_column(
        name,
        kind="money",
        is_extra=name != "gross",
        write=lambda row: row[name] if row["kind"] == InvoiceKind.INVOICE else f"-{row[name]}",
    )


FORMATS = {FileFormat.PDF: "PDF", FileFormat.FACTURX: "Factur-X", FileFormat.XRECHNUNG: "XRechnung"}


def mark_overdue(user: User, rows: Any) -> list[Row]:
    """Return the invoices, with whether something of them should have been paid before today."""
    invoices = add_due(user.account_id, Invoice.objects.for_user(user).filter(pk__in=[row["id"] for row in rows]))
    overdue = {*invoices.filter(find_overdue(user)).values_list("pk", flat=True)}
    return [{**row, "is_overdue": row["id"] in overdue} for row in rows]


def is_owed(row: Row) -> bool:
    return Decimal(row["due"] or 0) > 0


INVOICES = TablePage(
    (NUMBER, ISSUED, CUSTOMER, *map(make_signed, MONEY), DUE_ON, DUE),
    empty="No invoices yet.",
    hint="The page of a sale issues its invoice.",
    first=(PageLink("Sales", "/api/sales/", style="primary", right=Right.WORK),),
    has_csv=True,
    has_periods=True,
    is_filled_elsewhere=True,
    extend=mark_overdue,
    figures=(money_column("gross", "Total"), DUE),
    tasks=(PageLink("Files of the last month", "/api/invoices/file/?period=last_month"),),
)


def name_invoice(row: Row) -> str:
    if row["kind"] == InvoiceKind.CREDIT_NOTE:
        return fill("Credit note {number}", number=row["number"])
    return fill("Invoice {number}", number=row["number"])


def extend_invoice(user: User, row: Row) -> Row:
    """Return the invoice with its credit notes, what was paid by now, and the page that pays the rest."""
    [shown] = mark_overdue(user, [row])
    notes = Invoice.objects.for_user(user).filter(credits_id=row["id"]).order_by("id")
    found = InvoiceSerializer(attach_due(notes), many=True).data
    added: dict[str, Any] = {"credit_notes": found, "pay": ""}
    if row["due"] is not None:
        credited = sum(note.gross for note in notes)
        paid = Decimal(row["gross"]) - credited - Decimal(row["due"])
        added |= {"credited": credited or None, "paid_now": paid}
        if is_owed(row) and list_uses(user)["payments"]:
            added["pay"] = reverse("shop-pay", args=[row["operation"]])
    return {**shown, **added}


def link_to_booking(row: Row) -> str:
    """Return the address of the sale, or of the return that a credit note is about."""
    page = "sale-detail" if row["kind"] == InvoiceKind.INVOICE else "operation-detail"
    return reverse(page, args=[row["operation"]])


def link_to_invoice_file(file_format: str) -> Any:
    """Return a function that returns the address of the file of an invoice."""
    return lambda row: f"{reverse('invoice-file', args=[row['id']])}?format={file_format}"


@dataclass(frozen=True)
class PaperPage(DetailPage):
    """The page of an invoice: the paper, and beside it what has become of it."""

    template: str = "invoices/invoice.html"

    def context(self, request: Any, view: Any, data: Row, display: Display) -> dict[str, Any]:
        return {**super().context(request, view, data, display), "paper": make_paper(view, data, display)}


INVOICE = PaperPage(
    name_invoice,
    (
        CUSTOMER,
        DUE_ON,
        PageColumn(
            "operation", "Sale or return", link=link_to_booking,
            write=lambda row: gettext("Sale") if row["kind"] == InvoiceKind.INVOICE else gettext("Return"),
        ),
        PageColumn(
            "credits", "For invoice", write=lambda row: (row["credits"] or {}).get("number"),
            link=lambda row: reverse("invoice-detail", args=[row["credits"]["id"]]),
        ),
    ),
    figures=(GROSS, money_column("credited", "Credited"), money_column("paid_now", "Paid"), DUE),
    sections=(
        TableSection(
            "credit_notes", "Credit notes", (NUMBER, ISSUED, make_signed("gross")), empty="", is_optional=True
        ),
    ),
    actions=(
        Action("Save the payment", lambda row: row["pay"], right=Right.WORK, style="primary"),
        *(Action(title, link_to_invoice_file(one)) for one, title in FORMATS.items()),
    ),
    extend=extend_invoice,
)  # fmt: skip
