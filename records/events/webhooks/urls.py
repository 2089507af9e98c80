from core.http.routers import make_routes
from records.events.webhooks.views import WebhookViewSet

urlpatterns = make_routes(("webhooks", WebhookViewSet, "webhook"))
