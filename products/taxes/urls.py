from core.http.routers import Router
from products.taxes.views import TaxViewSet

router = Router()
router.register("taxes", TaxViewSet, basename="tax")

urlpatterns = router.urls
