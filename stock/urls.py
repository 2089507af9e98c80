from django.urls import path

from core.routers import Router
from stock.holding_views import ProductHoldingsView
from stock.import_views import RefusedImportViewSet
from stock.views import (
    CountView,
    HistoryView,
    ItemChangesView,
    MovementViewSet,
    OperationViewSet,
    SealViewSet,
    TransferView,
    VerifyView,
)

router = Router()
router.register("stock", MovementViewSet, basename="movement")  # the most requested one comes first
router.register("stock/operations", OperationViewSet, basename="operation")
router.register("stock/seals", SealViewSet, basename="seal")
router.register("products/import/refused", RefusedImportViewSet, basename="refused-import")

urlpatterns = [
    *router.urls,
    path("stock/history/<row_id:product_id>/", HistoryView.as_view(), name="movement-history"),
    path("products/<row_id:product_id>/movements/", HistoryView.as_view(), name="product-movements"),
    path("products/<row_id:product_id>/holdings/", ProductHoldingsView.as_view(), name="product-holdings"),
    path("stock/counts/", CountView.as_view(), name="counts"),
    path("stock/transfers/", TransferView.as_view(), name="transfers"),
    path("stock/verify/", VerifyView.as_view(), name="verify"),
    path("item-changes/", ItemChangesView.as_view(), name="item-changes"),
]
