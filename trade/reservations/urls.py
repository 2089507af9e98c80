from core.http.routers import make_routes
from trade.reservations.views import ReservationViewSet

urlpatterns = make_routes(("stock/reservations", ReservationViewSet, "reservation"))
