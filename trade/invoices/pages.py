"""The pages of invoices."""

from core.pages.columns import Mark, PageColumn, Row, columns_of, money_column
from core.pages.links import Verb, link_to_row
from core.pages.tables import DetailPage, TablePage, TableSection
from core.sentences import fill
from core.translation import gettext_noop as _
from stock.models import PaymentKind
from trade.invoices.models import Invoice, InvoiceKind

invoice_column = columns_of(Invoice)
CREDIT = Mark(_("credit note"), lambda row: row["kind"] == InvoiceKind.CREDIT_NOTE)
NUMBER = PageColumn("number", "Number", page="invoice-detail", marks=(CREDIT,))
CUSTOMER = PageColumn("buyer_name", "Customer", links_to="customer")
ISSUED, DUE_ON = invoice_column("issued_on", kind="date"), invoice_column("due_on", kind="date")
NET, TAX, GROSS = (invoice_column(name, kind="money") for name in ("net", "tax", "gross"))
DUE = money_column("due", "Due", is_optional=True)
MAIL = Verb("Mail the invoice", say="The invoice is on its way.", link=link_to_row("invoice-detail"))
INVOICES = TablePage(
    (NUMBER, ISSUED, CUSTOMER, NET, TAX, GROSS, DUE_ON, DUE),
    empty="No invoices yet.",
    hint="The page of a sale issues its invoice.",
    has_csv=True,
    has_periods=True,
    is_filled_elsewhere=True,
    figures=(money_column("gross", "Total"), money_column("due", "Due")),
)


def name_invoice(row: Row) -> str:
    if row["kind"] == InvoiceKind.CREDIT_NOTE:
        return fill("Credit note {number}", number=row["number"])
    return fill("Invoice {number}", number=row["number"])


INVOICE = DetailPage(
    name_invoice,
    (
        CUSTOMER,
        ISSUED,
        DUE_ON,
        invoice_column("delivered_on", kind="date"),
        PageColumn("operation", "Transaction", links_to="operation"),
        PageColumn("buyer_reference", "Buyer reference"),
        PageColumn("purchase_reference", "Order of the customer"),
        PageColumn("note", "Note"),
    ),
    figures=(NET, TAX, GROSS, DUE),
    sections=(
        TableSection(
            "lines", "Lines",
            (
                PageColumn("name", "Name"),
                PageColumn("amount", "Amount"),
                PageColumn("unit", "Unit"),
                PageColumn("unit_price", "Price without VAT"),
                money_column("net", "Without VAT"),
                PageColumn("rate", "VAT in percent", kind="decimal"),
            ),
            empty="",
        ),
        TableSection(
            "taxes", "VAT",
            (
                PageColumn("rate", "VAT in percent", kind="decimal"),
                money_column("net", "Without VAT"),
                money_column("tax", "VAT"),
                money_column("gross", "With VAT"),
                PageColumn("reason", "Reason for no VAT", is_optional=True),
            ),
            empty="",
        ),
        TableSection(
            "payments", "Payments",
            (PageColumn("kind", "Kind", kind="words", codes=PaymentKind.values), money_column("amount", "Sum")),
            empty="", is_optional=True,
        ),
    ),
)  # fmt: skip
