from core.http.routers import Router
from trade.closings.views import CashViewSet, ClosingViewSet

router = Router()
router.register("closings/cash", CashViewSet, basename="cash")
router.register("closings", ClosingViewSet, basename="closing")

urlpatterns = router.urls
