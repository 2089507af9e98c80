from django.urls import path

from core.http.routers import make_routes
from trade.invoices.issue_page import IssuePage
from trade.invoices.views import InvoiceViewSet, IssueViewSet

urlpatterns = make_routes(
    ("invoices", InvoiceViewSet, "invoice"), ("sales/<row_id:operation>/invoice", IssueViewSet, "sale-invoice")
)

pages = [path("sales/<row_id:operation>/invoice/", IssuePage.as_view(), name="shop-invoice")]
