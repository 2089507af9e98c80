"""All URLs. Each app defines its own part of /api/."""

from typing import Any

from django.conf import settings
from django.contrib import admin
from django.templatetags.static import static
from django.urls import include, path
from django.views.generic import RedirectView

from events.notices.pages import NoticesOffPage
from inventory_api import views
from ops.demo.credentials import DEMO_PASSWORD
from purchasing.mail_pages import OrderPage
from tills.urls import page_urlpatterns
from users.account_pages import SignInPage
from users.urls import account_urlpatterns

sign_in = SignInPage.as_view(extra_context={"demo_password": DEMO_PASSWORD if settings.DEMO else None})

# Django tries the URLs in this order, so the most requested ones come first.
APPS = """
    stock products suppliers stock.places users reservations purchasing labels reports events tills sheets history
    takeout
"""
api: list[Any] = [
    *(path("", include(f"{app}.urls")) for app in APPS.split()),
    path("", views.RootView.as_view(), name="root"),
    path("schema/", views.SchemaView.as_view(), name="schema"),
    path("docs/errors/", views.ErrorsView.as_view(), name="errors"),
    path("docs/", views.DocsView.as_view(url_name="schema"), name="docs"),
]

urlpatterns = [
    path("", views.landing, name="landing"),
    path("api/", include(api)),
    path("shop/", include("shop.urls")),
    path("", include("agents.urls")),
    path("till/", include(page_urlpatterns)),
    path("docs/", include("inventory_api.documentation.urls")),
    path("api-auth/login/", sign_in),
    path("api-auth/", include("rest_framework.urls")),
    path("accounts/", include(account_urlpatterns)),
    path("accounts/notices/off/<token>/", NoticesOffPage.as_view(), name="notices-off"),
    path("accounts/orders/<token>/", OrderPage.as_view(), name="order-by-mail"),
    path("admin/", include("support.urls")),
    path("admin/", admin.site.urls),
    # Browsers request this address by default.
    path("favicon.ico", RedirectView.as_view(url=static("inventory_api/icon.svg"))),
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
]

handler400 = "core.http.error_pages.bad_request"
handler403 = "core.http.error_pages.permission_denied"
handler404 = "core.http.error_pages.not_found"
handler500 = "core.http.error_pages.server_error"
