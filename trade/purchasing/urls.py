from core.routers import Router
from trade.purchasing.price_lists.views import PriceListViewSet
from trade.purchasing.views import PurchaseOrderViewSet

router = Router()
router.register("purchase-orders", PurchaseOrderViewSet, basename="purchase-order")
router.register("suppliers/<row_id:supplier_id>/price-list", PriceListViewSet, basename="price-list")

urlpatterns = router.urls
