"""The pages of the support desk for this app. Staff only read these rows."""

from core.support.admin import show_rows
from trade.invoices.models import Invoice, InvoiceFile

show_rows(
    Invoice,
    "id account kind year number operation credits customer issued_on due_on gross currency created_at",
    "delivered_on net tax",
    of_account=True,
    group="What was booked",
)
show_rows(InvoiceFile, "id account invoice format created_at", group="What was booked")
