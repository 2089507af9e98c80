from django.urls import path

from core.http.routers import make_routes
from trade.prices import row_page, views

urlpatterns = [
    path("products/<row_id:pk>/prices/", views.ProductRowsView.as_view(), name="product-prices"),
    path("kits/<row_id:pk>/prices/", views.KitRowsView.as_view(), name="kit-prices"),
    path("prices/preview/", views.PreviewView.as_view(), name="price-preview"),
    *make_routes(("price-groups", views.PriceGroupViewSet, "price_group"), ("prices", views.PriceViewSet, "price")),
]

pages = [
    path("prices/products/<row_id:pk>/", row_page.ProductPricesPage.as_view(), name="shop-product-prices"),
    path("prices/kits/<row_id:pk>/", row_page.KitPricesPage.as_view(), name="shop-kit-prices"),
]
