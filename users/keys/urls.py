from django.urls import path

from core.http.routers import make_routes
from users.keys import views

urlpatterns = [
    path("keys/self/", views.OwnKeyView.as_view(), name="key-self"),
    *make_routes(("keys", views.KeyViewSet, "key")),
]
