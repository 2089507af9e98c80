from typing import Any

from django.urls import path

from core.http.routers import Router
from trade.purchasing.price_lists.views import PriceListsViewSet, PriceListViewSet

LISTS = "suppliers/<row_id:supplier_id>/price-list"
TAKE: Any = {"get": "list", "post": "create"}

router = Router()
router.register(LISTS, PriceListViewSet, basename="price-list")

urlpatterns = [
    *router.urls,
    path(f"{LISTS}/", PriceListsViewSet.as_view(TAKE, basename="price-list", detail=False), name="price-list-list"),
]
