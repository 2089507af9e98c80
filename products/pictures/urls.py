from django.urls import path

import core.http.routers  # noqa: F401, registers the converter of `row_id`
from products.pictures.views import PictureView

urlpatterns = [path("products/<row_id:product_id>/picture/", PictureView.as_view(), name="product-picture")]
