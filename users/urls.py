"""The routes for users and authentication. Two addresses with the same route name have the same view."""

from typing import Any

from django.urls import include, path
from django.utils.translation import gettext_lazy

from core.http.routers import make_paths, make_routes
from core.pages.tabs import PEOPLE, Tab
from users import views
from users.access import views as access_views
from users.events import views as event_views
from users.keys import views as key_views
from users.sign_in import views as sign_in_views
from users.sign_in.factors import views as factor_views

OWN_TAB = Tab(
    covers=("/accounts/",),
    group=PEOPLE,
    about=gettext_lazy("Your e-mail address, language and password, and how you sign in."),
)
ME: Any = {"get": "retrieve", "put": "update", "patch": "partial_update", "delete": "destroy"}

urlpatterns = [
    path("keys/self/", key_views.OwnKeyView.as_view(), name="key-self"),
    *make_routes(("keys", key_views.KeyViewSet, "key"), ("users/me/factors", factor_views.FactorViewSet, "factor")),
    *make_paths(
        ("users/<row_id:pk>/factors/", factor_views.WorkerFactorsView, "user-factors"),
        ("auth/passkey/options/", factor_views.PasskeyOptionsView, "passkey-options"),
        ("auth/passkey/", factor_views.PasskeyView, "passkey"),
        ("auth/proof/", factor_views.ProofView, "proof"),
        ("users/me/confirm-email/", sign_in_views.ConfirmEmailView, "user-confirm-email"),
        ("auth/login/", sign_in_views.LoginView, "login"),
        ("login/", sign_in_views.LoginView, "login"),
        ("auth/refresh/", sign_in_views.RefreshView, "refresh"),
        ("token/refresh/", sign_in_views.RefreshView, "refresh"),
        ("auth/logout/", sign_in_views.LogoutView, "logout"),
        ("auth/email/confirm/", sign_in_views.EmailConfirmView, "email-confirm"),
        ("auth/password/", sign_in_views.PasswordView, "password"),
        ("auth/password/reset/", sign_in_views.PasswordResetView, "password-reset"),
        ("auth/password/reset/confirm/", sign_in_views.PasswordResetConfirmView, "password-reset-confirm"),
        ("account/close/", access_views.ClosingView, "account-closing"),
        ("account/hand-over/", access_views.HandOverView, "account-hand-over"),
    ),
    path(
        "users/me/",
        views.UserViewSet.as_view(ME, name="You", root_link="me", tab=OWN_TAB, needs_factor=False),
        name="user-me",
    ),
    path("users/events/", event_views.EventsView.as_view(), name="user-events"),
    *make_routes(("users", views.UserViewSet, "user")),
    *make_paths(
        ("account/", views.AccountView, "account"),
        ("auth/register/", views.RegisterView, "register"),
        ("register/", views.RegisterView, "register"),
    ),
]

root_pages = [path("accounts/", include("users.sign_in.page_urls"))]
