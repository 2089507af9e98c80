from core.http.routers import Router
from trade.kits.views import KitViewSet

router = Router()
router.register("kits", KitViewSet, basename="kit")

urlpatterns = router.urls
