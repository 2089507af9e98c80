from typing import Any

from django.urls import path

from core.http.routers import Router
from products.external_id_views import ExternalIdViewSet
from products.offers.views import OfferViewSet
from products.own_fields.views import FieldViewSet
from products.pictures.views import PictureView
from products.taxes.views import TaxViewSet
from products.variants.views import GroupViewSet
from products.views import CategoryViewSet, ItemViewSet, ProductViewSet

router = Router()
router.register("categories", CategoryViewSet, basename="category")
router.register("fields", FieldViewSet, basename="field")
router.register("groups", GroupViewSet, basename="group")
router.register("offers", OfferViewSet, basename="offer")
router.register("products", ProductViewSet, basename="product")
router.register("taxes", TaxViewSet, basename="tax")
router.register("items", ItemViewSet, basename="item")

BY_EXTERNAL_ID: Any = {"get": "retrieve", "put": "update"}

urlpatterns = [
    *router.urls,
    path("products/<row_id:product_id>/picture/", PictureView.as_view(), name="product-picture"),
    # An id can have slashes, such as gid://shopify/Product/1.
    path(
        "products/by-external-id/<path:external_id>/",
        ExternalIdViewSet.as_view(BY_EXTERNAL_ID),
        name="product-by-external-id",
    ),
]
