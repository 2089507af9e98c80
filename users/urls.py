"""The routes for users and authentication. Two addresses with the same route name have the same view."""

from typing import Any

from django.urls import include, path
from django.utils.translation import gettext_lazy

from core.http.routers import make_routes
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
    path("users/<row_id:pk>/factors/", factor_views.WorkerFactorsView.as_view(), name="user-factors"),
    path("auth/passkey/options/", factor_views.PasskeyOptionsView.as_view(), name="passkey-options"),
    path("auth/passkey/", factor_views.PasskeyView.as_view(), name="passkey"),
    path("auth/proof/", factor_views.ProofView.as_view(), name="proof"),
    path("users/me/confirm-email/", sign_in_views.ConfirmEmailView.as_view(), name="user-confirm-email"),
    path("auth/login/", sign_in_views.LoginView.as_view(), name="login"),
    path("login/", sign_in_views.LoginView.as_view(), name="login"),
    path("auth/refresh/", sign_in_views.RefreshView.as_view(), name="refresh"),
    path("token/refresh/", sign_in_views.RefreshView.as_view(), name="refresh"),
    path("auth/logout/", sign_in_views.LogoutView.as_view(), name="logout"),
    path("auth/email/confirm/", sign_in_views.EmailConfirmView.as_view(), name="email-confirm"),
    path("auth/password/", sign_in_views.PasswordView.as_view(), name="password"),
    path("auth/password/reset/", sign_in_views.PasswordResetView.as_view(), name="password-reset"),
    path(
        "auth/password/reset/confirm/",
        sign_in_views.PasswordResetConfirmView.as_view(),
        name="password-reset-confirm",
    ),
    path("account/close/", access_views.ClosingView.as_view(), name="account-closing"),
    path("account/hand-over/", access_views.HandOverView.as_view(), name="account-hand-over"),
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

root_pages = [path("accounts/", include("users.sign_in.page_urls"))]
