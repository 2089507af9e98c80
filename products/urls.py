from django.urls import path

from core.routers import Router
from products.views import CategoryViewSet, DashboardView, ItemViewSet, ProductViewSet

router = Router()
router.register("categories", CategoryViewSet, basename="category")
router.register("products", ProductViewSet, basename="product")

router.register("items", ItemViewSet, basename="item")

urlpatterns = [path("dashboard/", DashboardView.as_view(), name="dashboard"), *router.urls]
