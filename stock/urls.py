from typing import Any

from django.urls import path

from core.http.routers import Router
from stock import views
from stock.goods.edits.views import EditViewSet
from stock.importing.views import ImportViewSet, RefusedImportViewSet
from stock.making.views import MakingView, RecipeViewSet
from stock.places.views import ProductHoldingsView

ONE_RECIPE: Any = {"get": "retrieve", "put": "update", "delete": "destroy"}

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
    path("products/<row_id:product_id>/recipe/", RecipeViewSet.as_view(ONE_RECIPE), name="product-recipe"),
    path("recipes/", RecipeViewSet.as_view({"get": "list"}, suffix="List"), name="recipe-list"),
    path("stock/makings/", MakingView.as_view(), name="makings"),
    path("stock/counts/", views.CountView.as_view(), name="counts"),
    path("stock/transfers/", views.TransferView.as_view(), name="transfers"),
    path("stock/verify/", views.VerifyView.as_view(), name="verify"),
    path("item-changes/", views.ItemChangesView.as_view(), name="item-changes"),
]
