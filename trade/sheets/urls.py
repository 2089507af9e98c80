from core.http.routers import Router
from trade.sheets.views import SheetViewSet

router = Router()
router.register("stock/sheets", SheetViewSet, basename="sheet")

urlpatterns = router.urls
