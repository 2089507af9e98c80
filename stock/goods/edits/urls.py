from core.http.routers import Router
from stock.goods.edits.views import EditViewSet

router = Router()
router.register("products/edits", EditViewSet, basename="product-edit")

urlpatterns = router.urls
