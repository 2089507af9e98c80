from django.urls import path

from core.routers import Router
from products.field_views import FieldViewSet
from products.group_views import GroupViewSet
from products.picture_views import PictureView
from products.views import CategoryViewSet, ItemViewSet, ProductViewSet

router = Router()
router.register("categories", CategoryViewSet, basename="category")
router.register("fields", FieldViewSet, basename="field")
router.register("groups", GroupViewSet, basename="group")
router.register("products", ProductViewSet, basename="product")
router.register("items", ItemViewSet, basename="item")

urlpatterns = [
    *router.urls,
    path("products/<row_id:product_id>/picture/", PictureView.as_view(), name="product-picture"),
]
