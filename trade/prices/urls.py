from django.urls import path

from core.http.routers import make_routes
from trade.prices import views

urlpatterns = [
    path("products/<row_id:product_id>/prices/", views.ProductRowsView.as_view(), name="product-prices"),
    path("kits/<row_id:pk>/prices/", views.KitRowsView.as_view(), name="kit-prices"),
    path("prices/preview/", views.PreviewView.as_view(), name="price-preview"),
    *make_routes(("price-groups", views.PriceGroupViewSet, "price_group"), ("prices", views.PriceViewSet, "price")),
]
