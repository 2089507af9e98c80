from django.urls import path

from core.http.routers import make_routes
from stock.places.views import LocationViewSet, LotViewSet, ProductHoldingsView

urlpatterns = [
    *make_routes(("locations", LocationViewSet, "location"), ("lots", LotViewSet, "lot")),
    path("products/<row_id:product_id>/holdings/", ProductHoldingsView.as_view(), name="product-holdings"),
]
