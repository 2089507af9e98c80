from core.http.routers import Router
from desk.saved.views import SavedViewSet

router = Router()
router.register("views", SavedViewSet, basename="view")

urlpatterns = router.urls
