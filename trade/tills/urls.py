from django.urls import path

from core.http.routers import make_routes
from trade.tills.views import CatalogueView, TillViewSet

urlpatterns = [
    path("tills/catalogue/", CatalogueView.as_view(), name="till-catalogue"),
    *make_routes(("tills", TillViewSet, "till")),
]
