from django.urls import path

from core.http.routers import Router
from stock.places.views import LocationViewSet, LotViewSet, ProductHoldingsView

router = Router()
router.register("locations", LocationViewSet, basename="location")
router.register("lots", LotViewSet, basename="lot")

urlpatterns = [
    *router.urls,
    path("products/<row_id:product_id>/holdings/", ProductHoldingsView.as_view(), name="product-holdings"),
]
