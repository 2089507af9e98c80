from core.http.routers import Router
from trade.reservations.views import ReservationViewSet

router = Router()
router.register("stock/reservations", ReservationViewSet, basename="reservation")

urlpatterns = router.urls
