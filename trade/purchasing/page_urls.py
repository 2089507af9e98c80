from django.urls import path

import core.http.routers  # noqa: F401, registers the converter of `row_id`
from trade.purchasing import order_pages

urlpatterns = [
    path("orders/", order_pages.OrdersPage.as_view(), name="shop-orders"),
    path("order/", order_pages.OrderPage.as_view(), name="shop-order"),
    path("orders/<row_id:pk>/", order_pages.DraftPage.as_view(), name="shop-draft"),
    path("orders/<row_id:pk>/receive/", order_pages.ReceiveOrderPage.as_view(), name="shop-receive-order"),
]
