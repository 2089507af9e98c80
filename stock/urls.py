from django.urls import path

from inventory_api.routers import Router
from stock.views import HistoryView, ItemChangesView, MovementViewSet

router = Router()
router.register("stock", MovementViewSet, basename="movement")

urlpatterns = [
    path("stock/history/<row_id:product_id>/", HistoryView.as_view(), name="movement-history"),
    path("products/<row_id:product_id>/movements/", HistoryView.as_view(), name="product-movements"),
    path("item-changes/", ItemChangesView.as_view(), name="item-changes"),
    *router.urls,
]
