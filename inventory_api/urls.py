"""All URLs. Each app defines its own part of /api/."""

from importlib.util import find_spec
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.templatetags.static import static
from django.urls import include, path
from django.views.generic import RedirectView

from desk.saved.pages import ViewMailOffPage
from inventory_api import health_views, start_views
from inventory_api.app_order import ORDER
from inventory_api.schema import views as schema_views
from ops.demo.credentials import DEMO_PASSWORD
from records.events.notices.pages import NoticesOffPage
from trade.purchasing.mail_pages import OrderPage
from trade.sales.receipt_pages import ReceiptPage
from trade.tills import urls as till_urls
from users.sign_in.door import SignInPage

sign_in = SignInPage.as_view(extra_context={"demo_password": DEMO_PASSWORD if settings.DEMO else None})

# Django tries the URLs in this order, so the apps with the most requests come first. An app's `urls.py` has its part of
# /api/, and beside it the list `pages` of its pages below /shop/ and /till/, or a file `page_urls.py` with them.
BUSIEST = ("trade.selling", "stock", "products", "suppliers", "stock.places", "users", "desk.reports")
OTHERS = [app for app in ORDER if app not in {*BUSIEST, "inventory_api"} and find_spec(f"{app}.urls")]
api: list[Any] = [
    *(path("", include(f"{app}.urls")) for app in (*BUSIEST, *OTHERS)),
    path("", start_views.RootView.as_view(), name="root"),
    path("schema/", schema_views.SchemaView.as_view(), name="schema"),
    path("docs/errors/", schema_views.ErrorsView.as_view(), name="errors"),
    path("docs/", schema_views.DocsView.as_view(url_name="schema"), name="docs"),
]

urlpatterns = [
    path("", start_views.landing, name="landing"),
    path("api/", include(api)),
    path("shop/first-steps/", start_views.put_steps_away, name="first-steps"),
    path("shop/", include("desk.shop.page_urls")),
    path("", include("desk.agents.page_urls")),
    path("till/", include(till_urls.pages)),
    path("docs/", include("inventory_api.documentation.urls")),
    path("api-auth/login/", sign_in),
    path("api-auth/", include("rest_framework.urls")),
    path("accounts/", include("users.sign_in.page_urls")),
    path("accounts/notices/off/<token>/", NoticesOffPage.as_view(), name="notices-off"),
    path("accounts/views/off/<token>/", ViewMailOffPage.as_view(), name="view-mail-off"),
    path("accounts/orders/<token>/", OrderPage.as_view(), name="order-by-mail"),
    path("accounts/receipts/<token>/", ReceiptPage.as_view(), name="receipt-by-mail"),
    path("admin/", include("desk.support.page_urls")),
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
