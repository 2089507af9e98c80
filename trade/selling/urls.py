from django.urls import path

from core.http.routers import make_routes
from trade.selling import sell_page, views
from trade.selling.payments.pay_pages import PayPage
from trade.selling.payments.views import PaymentViewSet

urlpatterns = make_routes(
    ("stock", views.MovementViewSet, "movement"),  # the most requested one comes first
    ("stock/operations", views.OperationViewSet, "operation"),
    ("sales/<row_id:operation>/payments", PaymentViewSet, "sale-payment"),
)

pages = [
    path("sell/", sell_page.SellPage.as_view(), name="shop-sell"),
    path("tiles/", sell_page.TilesPage.as_view(), name="shop-tiles"),
    path("sales/<row_id:operation>/pay/", PayPage.as_view(), name="shop-pay"),
]
