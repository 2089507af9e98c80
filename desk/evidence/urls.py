from core.http.routers import Router
from desk.evidence.views import PackViewSet

router = Router()
router.register("stock/evidence", PackViewSet, basename="evidence")

urlpatterns = router.urls
