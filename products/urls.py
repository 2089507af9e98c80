from core.routers import Router
from products.views import CategoryViewSet, ItemViewSet, ProductViewSet

router = Router()
router.register("categories", CategoryViewSet, basename="category")
router.register("products", ProductViewSet, basename="product")
router.register("items", ItemViewSet, basename="item")

urlpatterns = router.urls
