from core.http.routers import Router
from records.events.webhooks.views import WebhookViewSet

router = Router()
router.register("webhooks", WebhookViewSet, basename="webhook")

urlpatterns = router.urls
