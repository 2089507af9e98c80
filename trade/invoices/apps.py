from core.shop_apps import Finds, ShopApp
from core.translation import gettext_noop as _


class InvoicesApp(ShopApp):
    """Invoices of sales, and credit notes of their returns. Nothing changes or deletes one."""

    name = "trade.invoices"
    is_optional = True
    place = 7
    stays_with = ("invoices_invoice",)
    uses = {"invoices": "invoices_invoice WHERE owner_id = %(owner)s::bigint"}
    events = {
        f"{kind}.issued": {"invoice": "id", "number": "text", "operation": "id", "digest": "text"}
        for kind in ("invoice", "credit_note")
    } | {"invoice_file.kept": {"invoice": "id", "format": "text", "digest": "text"}}
    finds = {
        "invoice": Finds(_("Invoices"), rows="trade.invoices.reading.find_named"),
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

    def ready(self) -> None:
        from trade.invoices.reading import InvoicesOfClosing, PapersOfSales
        from trade.invoices.services import InvoicedSales
        from trade.selling.hooks import PAPERS, SALES
        from users.hooks import CLOSINGS

        SALES.register(InvoicedSales())
        PAPERS.register(PapersOfSales())
        CLOSINGS.register(InvoicesOfClosing())
