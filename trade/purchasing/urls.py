from core.http.routers import make_routes
from trade.purchasing.price_lists import urls as list_urls
from trade.purchasing.views import PurchaseOrderViewSet

urlpatterns = [*make_routes(("purchase-orders", PurchaseOrderViewSet, "purchase-order")), *list_urls.urlpatterns]
