from django.urls import path

import core.http.routers  # noqa: F401, registers the converter of `row_id`
from desk.reports.comparison import urls as comparison_urls
from desk.reports.overview import urls as overview_urls
from desk.reports.views import VIEWS, PurchasesView, TraceView

urlpatterns = [
    *overview_urls.urlpatterns,
    *comparison_urls.urlpatterns,
    path("products/<row_id:product_id>/purchases/", PurchasesView.as_view(), name="product-purchases"),
    path("lots/<row_id:pk>/trace/", TraceView.as_view(), name="lot-trace"),
    *(
        path(f"reports/{end}/", view.as_view(root_link=f"report-{end}"), name=f"report-{end}")
        for end, view in VIEWS.items()
    ),
]
