from core.http.routers import Router
from products.variants.views import GroupViewSet

router = Router()
router.register("groups", GroupViewSet, basename="group")

urlpatterns = router.urls
