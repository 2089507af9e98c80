from core.shop_apps import Finds, ShopApp
from core.translation import gettext_noop as _


class InvoicesApp(ShopApp):
    """Invoices of sales, and credit notes of their returns. Nothing changes or deletes one."""

    name = "trade.invoices"
    is_optional = True
    stays_with = ("invoices_invoice",)
    uses = {"invoices": "invoices_invoice WHERE owner_id = %(owner)s::bigint"}
    events = {
        f"{kind}.issued": {"invoice": "id", "number": "text", "operation": "id", "digest": "text"}
        for kind in ("invoice", "credit_note")
    } | {"invoice_file.kept": {"invoice": "id", "format": "text", "digest": "text"}}
    finds = {
        "invoice": Finds(_("Invoices"), rows="trade.invoices.reading.find_named"),
    }
    provides = {
        "invoices_of_closing": "trade.invoices.reading.ask_to_keep",
        "lock_invoiced": "trade.invoices.services.lock_invoiced",
        "credit": "trade.invoices.services.issue_credit_note",
        "refuse_invoiced": "trade.invoices.services.refuse_invoiced",
        "page_to_invoice": "trade.invoices.pages.link_to_issue",
        "overdue": "trade.invoices.reading.read_overdue",
        "find_invoices": "trade.invoices.services.find_invoices",
        "invoices_of_sales": "trade.invoices.sql.OF_SALES",
    }
    breaks = ("trade.invoices.proofs.find_breaks",)
    enums = {
        "InvoiceKindEnum": "trade.invoices.models.InvoiceKind",
        "InvoiceFormatEnum": "trade.invoices.models.FileFormat",
    }
    sealed = {
        "invoices_invoice": (
            "invoice",
            {
                **dict.fromkeys(("id", "owner_id", "operation_id", "credits_id"), "id"),
                **dict.fromkeys(("net", "tax", "gross"), "amount"),
                **dict.fromkeys(
                    ("kind", "year", "number", "issued_on", "due_on", "delivered_on", "currency", "digest"), "value"
                ),
                "created_at": "time",
            },
        )
    }
