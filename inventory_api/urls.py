"""All URLs. Each app defines its own part of /api/."""

from typing import Any

from django.conf import settings
from django.contrib import admin
from django.templatetags.static import static
from django.urls import include, path
from django.views.generic import RedirectView

from core.shop_apps import find_modules
from inventory_api import health_views, start_views
from inventory_api.schema import views as schema_views
from ops.demo.credentials import DEMO_PASSWORD
from users.sign_in.view_bases import SignInPage

sign_in = SignInPage.as_view(extra_context={"demo_password": DEMO_PASSWORD if settings.DEMO else None})

# Django tries the URLs in this order, so the apps with the most requests come first. An app's `urls.py` has its part of
# /api/. It has the lists `pages`, of pages below /shop/, and `root_pages`, of others, or `page_urls.py` has these.
BUSIEST = (
    "trade.selling.urls", "stock.urls", "products.urls", "suppliers.urls", "stock.places.urls", "users.urls",
    "desk.reports.urls",
)  # fmt: skip
modules = [module for module in find_modules("urls") if module.__name__ != __name__]
page_modules = [*modules, *find_modules("page_urls")]
shop_pages = [page for module in page_modules for page in getattr(module, "pages", ())]
api: list[Any] = [
    *(path("", include(name)) for name in dict.fromkeys((*BUSIEST, *(module.__name__ for module in modules)))),
    path("", start_views.RootView.as_view(), name="root"),
    path("schema/", schema_views.SchemaView.as_view(), name="schema"),
    path("docs/errors/", schema_views.ErrorsView.as_view(), name="errors"),
    path("docs/", schema_views.DocsView.as_view(url_name="schema"), name="docs"),
]

urlpatterns = [
    path("", start_views.landing, name="landing"),
    path("api/", include(api)),
    path("shop/first-steps/", start_views.put_steps_away, name="first-steps"),
    path("shop/", include(shop_pages)),
    path("docs/", include("inventory_api.documentation.urls")),
    path("api-auth/login/", sign_in),
    path("api-auth/", include("rest_framework.urls")),
    *(page for module in page_modules for page in getattr(module, "root_pages", ())),
    path("admin/", admin.site.urls),
    # Browsers request this address by default.
    path("favicon.ico", RedirectView.as_view(url=static("inventory_api/icon.svg"))),
    path("healthz", health_views.healthz, name="healthz"),
    path("readyz", health_views.readyz, name="readyz"),
]
if settings.METRICS_TOKEN:
    from inventory_api.metrics_views import read_metrics

    urlpatterns.append(path("metrics", read_metrics, name="metrics"))

handler400 = "core.http.errors.bad_request"
handler403 = "core.http.errors.permission_denied"
handler404 = "core.http.errors.not_found"
handler500 = "core.http.errors.server_error"
