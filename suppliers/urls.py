from core.http.routers import Router
from suppliers.views import SupplierViewSet

router = Router()
router.register("suppliers", SupplierViewSet, basename="supplier")

urlpatterns = router.urls
