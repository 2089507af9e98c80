from core.http.routers import Router
from stock.places.views import LocationViewSet, LotViewSet

router = Router()
router.register("locations", LocationViewSet, basename="location")
router.register("lots", LotViewSet, basename="lot")

urlpatterns = router.urls
