from typing import Any

from django.urls import path

from core.http.routers import make_routes
from products.external_id_views import ExternalIdViewSet
from products.offers import urls as offer_urls
from products.own_fields import urls as field_urls
from products.pictures import urls as picture_urls
from products.taxes import urls as tax_urls
from products.variants import urls as group_urls
from products.views import CategoryViewSet, ItemViewSet, ProductViewSet

BY_EXTERNAL_ID: Any = {"get": "retrieve", "put": "update"}

urlpatterns = [
    *make_routes(
        ("categories", CategoryViewSet, "category"),
        ("products", ProductViewSet, "product"),
        ("items", ItemViewSet, "item"),
    ),
    *offer_urls.urlpatterns,
    *field_urls.urlpatterns,
    *picture_urls.urlpatterns,
    *tax_urls.urlpatterns,
    *group_urls.urlpatterns,
    # An id can have slashes, such as gid://shopify/Product/1.
    path(
        "products/by-external-id/<path:external_id>/",
        ExternalIdViewSet.as_view(BY_EXTERNAL_ID),
        name="product-by-external-id",
    ),
]
