from django.urls import path

from core.http.routers import make_routes
from trade.reservations import order_pages
from trade.reservations.views import ReservationViewSet

urlpatterns = make_routes(("stock/reservations", ReservationViewSet, "reservation"))

pages = [
    path("reservations/<row_id:pk>/fulfil/", order_pages.FulfilPage.as_view(), name="shop-fulfil"),
    path("reservations/<row_id:pk>/", order_pages.ChangeReservationPage.as_view(), name="shop-change-reservation"),
    path("hand-out/", order_pages.HandOutPage.as_view(), name="shop-hand-out"),
    path("reserve/", order_pages.ReservePage.as_view(), name="shop-reserve"),
]
