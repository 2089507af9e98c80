from core.routers import Router
from trade.sales.views import SaleViewSet

router = Router()
router.register("sales", SaleViewSet, basename="sale")

urlpatterns = router.urls
