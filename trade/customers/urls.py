from core.http.routers import make_routes
from trade.customers.views import CustomerViewSet

urlpatterns = make_routes(("customers", CustomerViewSet, "customer"))
