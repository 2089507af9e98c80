from django.urls import path

from core.http.routers import Router
from trade.tills.views import CatalogueView, TillViewSet

router = Router()
router.register("tills", TillViewSet, basename="till")

urlpatterns = [path("tills/catalogue/", CatalogueView.as_view(), name="till-catalogue"), *router.urls]
