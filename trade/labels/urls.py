from django.urls import path

import core.http.routers  # noqa: F401, registers the converter of `row_id`
from trade.labels import label_page
from trade.labels.views import LabelsView, LotLabelView, ProductLabelView, ScanView

urlpatterns = [
    path("labels/", LabelsView.as_view(), name="labels"),
    path("products/<row_id:product_id>/label/", ProductLabelView.as_view(), name="product-label"),
    path("lots/<row_id:pk>/label/", LotLabelView.as_view(), name="lot-label"),
    path("scan/", ScanView.as_view(), name="scan"),
]

pages = [
    path("labels/", label_page.LabelsPage.as_view(), name="shop-labels"),
]
