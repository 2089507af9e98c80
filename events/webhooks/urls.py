from core.routers import Router
from events.webhooks.views import WebhookViewSet

router = Router()
router.register("webhooks", WebhookViewSet, basename="webhook")

urlpatterns = router.urls
