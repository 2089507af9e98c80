from core.http.routers import Router
from trade.customers.views import CustomerViewSet

router = Router()
router.register("customers", CustomerViewSet, basename="customer")

urlpatterns = router.urls
