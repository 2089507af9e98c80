from core.routers import Router
from trade.purchasing.views import PurchaseOrderViewSet

router = Router()
router.register("purchase-orders", PurchaseOrderViewSet, basename="purchase-order")

urlpatterns = router.urls
