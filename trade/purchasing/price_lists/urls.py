from typing import Any

from django.urls import path

from core.http.routers import make_routes
from trade.purchasing.price_lists.views import PriceListsViewSet, PriceListViewSet

LISTS = "suppliers/<row_id:supplier_id>/price-list"
TAKE: Any = {"get": "list", "post": "create"}

urlpatterns = [
    *make_routes((LISTS, PriceListViewSet, "price-list")),
    path(f"{LISTS}/", PriceListsViewSet.as_view(TAKE, basename="price-list", detail=False), name="price-list-list"),
]
