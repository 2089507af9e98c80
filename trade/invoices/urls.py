from core.http.routers import make_routes
from trade.invoices.views import InvoiceViewSet, IssueViewSet

urlpatterns = make_routes(
    ("invoices", InvoiceViewSet, "invoice"), ("sales/<row_id:operation>/invoice", IssueViewSet, "sale-invoice")
)
