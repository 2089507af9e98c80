from django.urls import path

from core.routers import Router
from tills import till_page
from tills.views import CatalogueView, TillViewSet

router = Router()
router.register("tills", TillViewSet, basename="till")

urlpatterns = [path("tills/catalogue/", CatalogueView.as_view(), name="till-catalogue"), *router.urls]

# The pages below /till/.
page_urlpatterns = [
    path("", till_page.till_page, name="till"),
    path("manifest.webmanifest", till_page.manifest, name="till-manifest"),
    path("worker.js", till_page.worker, name="till-worker"),
]
