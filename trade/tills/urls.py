from django.urls import include, path

from core.http.routers import make_routes
from trade.tills import till_page
from trade.tills.views import CatalogueView, TillViewSet

urlpatterns = [
    path("tills/catalogue/", CatalogueView.as_view(), name="till-catalogue"),
    *make_routes(("tills", TillViewSet, "till")),
]

root_pages = [path("till/", include([
    path("", till_page.till_page, name="till"),
    path("manifest.webmanifest", till_page.manifest, name="till-manifest"),
    path("worker.js", till_page.worker, name="till-worker"),
]))]  # fmt: skip
