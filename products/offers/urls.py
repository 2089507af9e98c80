from core.http.routers import Router
from products.offers.views import OfferViewSet

router = Router()
router.register("offers", OfferViewSet, basename="offer")

urlpatterns = router.urls
