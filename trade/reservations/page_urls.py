from django.urls import path

import core.http.routers  # noqa: F401, registers the converter of `row_id`
from trade.reservations import order_pages

urlpatterns = [
    path("reservations/<row_id:pk>/fulfil/", order_pages.FulfilPage.as_view(), name="shop-fulfil"),
    path("reservations/<row_id:pk>/", order_pages.ChangeReservationPage.as_view(), name="shop-change-reservation"),
    path("hand-out/", order_pages.HandOutPage.as_view(), name="shop-hand-out"),
    path("reserve/", order_pages.ReservePage.as_view(), name="shop-reserve"),
]
