from django.urls import path

from core.http.routers import make_routes
from trade.invoices.issue_page import IssuePage
from trade.invoices.mail_pages import InvoiceByMail
from trade.invoices.views import InvoiceViewSet, IssueViewSet

urlpatterns = make_routes(
    ("invoices", InvoiceViewSet, "invoice"), ("sales/<row_id:operation>/invoice", IssueViewSet, "sale-invoice")
)

root_pages = [path("accounts/invoices/<token>/", InvoiceByMail.as_view(), name="invoice-by-mail")]
pages = [path("sales/<row_id:operation>/invoice/", IssuePage.as_view(), name="shop-invoice")]
