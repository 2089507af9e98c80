from django.urls import path

import core.http.routers  # noqa: F401, registers the converter of `row_id`
from trade.prices import row_page

pages = [
    path("prices/products/<row_id:pk>/", row_page.ProductPricesPage.as_view(), name="shop-product-prices"),
    path("prices/kits/<row_id:pk>/", row_page.KitPricesPage.as_view(), name="shop-kit-prices"),
]
