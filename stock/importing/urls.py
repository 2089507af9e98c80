from core.http.routers import Router
from stock.importing.views import ImportViewSet, RefusedImportViewSet

router = Router()
router.register("products/import", ImportViewSet, basename="import")
router.register("products/import/refused", RefusedImportViewSet, basename="refused-import")

urlpatterns = router.urls
