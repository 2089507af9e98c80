from django.urls import path

from core.routers import Router
from stock import views
from stock.goods.edits.views import EditViewSet
from stock.importing.views import ImportViewSet, RefusedImportViewSet
from stock.places.views import ProductHoldingsView

router = Router()
router.register("stock", views.MovementViewSet, basename="movement")  # the most requested one comes first
router.register("stock/operations", views.OperationViewSet, basename="operation")
router.register("stock/seals", views.SealViewSet, basename="seal")
router.register("products/edits", EditViewSet, basename="product-edit")
router.register("products/import", ImportViewSet, basename="import")
router.register("products/import/refused", RefusedImportViewSet, basename="refused-import")

urlpatterns = [
    *router.urls,
    path("stock/history/<row_id:product_id>/", views.HistoryView.as_view(tag="stock"), name="movement-history"),
    path("products/<row_id:product_id>/movements/", views.HistoryView.as_view(), name="product-movements"),
    path("products/<row_id:product_id>/holdings/", ProductHoldingsView.as_view(), name="product-holdings"),
    path("stock/counts/", views.CountView.as_view(), name="counts"),
    path("stock/transfers/", views.TransferView.as_view(), name="transfers"),
    path("stock/verify/", views.VerifyView.as_view(), name="verify"),
    path("item-changes/", views.ItemChangesView.as_view(), name="item-changes"),
]
