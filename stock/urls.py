from django.urls import path

from core.http.routers import Router
from stock import views
from stock.goods.edits import urls as edit_urls
from stock.importing import urls as import_urls
from stock.making import urls as making_urls

router = Router()
router.register("stock", views.MovementViewSet, basename="movement")  # the most requested one comes first
router.register("stock/operations", views.OperationViewSet, basename="operation")
router.register("stock/seals", views.SealViewSet, basename="seal")

urlpatterns = [
    *router.urls,
    *edit_urls.urlpatterns,
    *import_urls.urlpatterns,
    *making_urls.urlpatterns,
    path("stock/history/<row_id:product_id>/", views.HistoryView.as_view(tag="stock"), name="movement-history"),
    path("products/<row_id:product_id>/movements/", views.HistoryView.as_view(), name="product-movements"),
    path("stock/counts/", views.CountView.as_view(), name="counts"),
    path("stock/transfers/", views.TransferView.as_view(), name="transfers"),
    path("stock/verify/", views.VerifyView.as_view(), name="verify"),
    path("item-changes/", views.ItemChangesView.as_view(), name="item-changes"),
]
