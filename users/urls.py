"""The routes for users and authentication. Two addresses with the same route name have the same view."""

from typing import Any

from django.urls import path
from django.utils.translation import gettext_lazy

from core.http.routers import make_routes
from core.pages.tabs import PEOPLE, Tab
from users import views
from users.access import urls as access_urls
from users.events import views as event_views
from users.keys import urls as key_urls
from users.sign_in import urls as sign_in_urls
from users.sign_in.factors import urls as factor_urls

OWN_TAB = Tab(
    covers=("/accounts/",),
    group=PEOPLE,
    about=gettext_lazy("Your e-mail address, language and password, and how you sign in."),
)
ME: Any = {"get": "retrieve", "put": "update", "patch": "partial_update", "delete": "destroy"}

urlpatterns = [
    *key_urls.urlpatterns,
    *factor_urls.urlpatterns,
    *sign_in_urls.urlpatterns,
    *access_urls.urlpatterns,
    path(
        "users/me/",
        views.UserViewSet.as_view(ME, name="You", root_link="me", tab=OWN_TAB, needs_factor=False),
        name="user-me",
    ),
    path("users/events/", event_views.EventsView.as_view(), name="user-events"),
    *make_routes(("users", views.UserViewSet, "user")),
    path("account/", views.AccountView.as_view(), name="account"),
    path("auth/register/", views.RegisterView.as_view(), name="register"),
    path("register/", views.RegisterView.as_view(), name="register"),
]
