from django.urls import path

from core.http.routers import Router
from users.keys import views

router = Router()
router.register("keys", views.KeyViewSet, basename="key")

urlpatterns = [
    path("keys/self/", views.OwnKeyView.as_view(), name="key-self"),
    *router.urls,
]
