from django.urls import path

from core.http.routers import make_routes
from trade.prices import row_page, views
from trade.selling.goods import list_kinds

urlpatterns = [
    path("products/<row_id:pk>/prices/", views.ProductRowsView.as_view(), name="product-prices"),
    *(
        path(f"{kind.names}/<row_id:pk>/prices/", views.make_rows_view(kind).as_view(), name=f"{kind.name}-prices")
        for kind in list_kinds()
    ),
    path("prices/preview/", views.PreviewView.as_view(), name="price-preview"),
    *make_routes(("price-groups", views.PriceGroupViewSet, "price_group"), ("prices", views.PriceViewSet, "price")),
]

pages = [
    path("prices/products/<row_id:pk>/", row_page.ProductPricesPage.as_view(), name="shop-product-prices"),
    *(
        path(f"prices/{kind.names}/<row_id:pk>/", row_page.make_page(kind).as_view(), name=f"shop-{kind.name}-prices")
        for kind in list_kinds()
    ),
]
