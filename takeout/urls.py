from core.routers import Router
from takeout.views import ExportViewSet

router = Router()
router.register("account/export", ExportViewSet, basename="account-export")

urlpatterns = router.urls
