from django.urls import path

from core.http.routers import make_routes
from trade.purchasing import order_pages
from trade.purchasing.mail_pages import OrderPage
from trade.purchasing.price_lists import urls as list_urls
from trade.purchasing.views import PurchaseOrderViewSet

urlpatterns = [*make_routes(("purchase-orders", PurchaseOrderViewSet, "purchase-order")), *list_urls.urlpatterns]

pages = [
    path("orders/", order_pages.OrdersPage.as_view(), name="shop-orders"),
    path("order/", order_pages.OrderPage.as_view(), name="shop-order"),
    path("orders/<row_id:pk>/", order_pages.DraftPage.as_view(), name="shop-draft"),
    path("orders/<row_id:pk>/receive/", order_pages.ReceiveOrderPage.as_view(), name="shop-receive-order"),
]

root_pages = [path("accounts/orders/<token>/", OrderPage.as_view(), name="order-by-mail")]
