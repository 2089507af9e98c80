from core.http.routers import Router
from trade.purchasing.price_lists import urls as list_urls
from trade.purchasing.views import PurchaseOrderViewSet

router = Router()
router.register("purchase-orders", PurchaseOrderViewSet, basename="purchase-order")

urlpatterns = [*router.urls, *list_urls.urlpatterns]
