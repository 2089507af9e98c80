from core.http.routers import Router
from trade.sales.views import PaymentViewSet, SaleViewSet

router = Router()
router.register("sales", SaleViewSet, basename="sale")
router.register("sales/<row_id:operation>/payments", PaymentViewSet, basename="sale-payment")

urlpatterns = router.urls
