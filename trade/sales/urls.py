from core.http.routers import make_routes
from trade.sales.views import PaymentViewSet, SaleViewSet

urlpatterns = make_routes(
    ("sales", SaleViewSet, "sale"), ("sales/<row_id:operation>/payments", PaymentViewSet, "sale-payment")
)
