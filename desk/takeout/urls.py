from core.http.routers import Router
from desk.takeout.views import ExportViewSet

router = Router()
router.register("account/export", ExportViewSet, basename="account-export")

urlpatterns = router.urls
