from core.routers import Router
from trade.sales.payment_views import PaymentViewSet
from trade.sales.views import SaleViewSet

router = Router()
router.register("sales", SaleViewSet, basename="sale")
router.register("sales/<row_id:operation>/payments", PaymentViewSet, basename="sale-payment")

urlpatterns = router.urls
