from django.urls import path

from core.http.routers import Router
from records.events.feed.views import FeedView
from records.events.webhooks.views import WebhookViewSet

router = Router()
router.register("webhooks", WebhookViewSet, basename="webhook")

urlpatterns = [path("events/", FeedView.as_view(), name="feed"), *router.urls]
