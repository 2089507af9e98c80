from core.http.routers import Router
from products.own_fields.views import FieldViewSet

router = Router()
router.register("fields", FieldViewSet, basename="field")

urlpatterns = router.urls
