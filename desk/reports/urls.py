from django.urls import path

import core.http.routers  # noqa: F401, registers the converter of `row_id`
from desk.reports.comparison.views import ComparisonView
from desk.reports.overview.views import AlertsView, DashboardView, LevelsView, StatementView
from desk.reports.views import VIEWS, PurchasesView, TraceView

urlpatterns = [
    path("dashboard/", DashboardView.as_view(), name="dashboard"),
    path("products/alerts/", AlertsView.as_view(), name="product-alerts"),
    path("products/<row_id:product_id>/statement/", StatementView.as_view(), name="product-statement"),
    path("products/<row_id:product_id>/purchases/", PurchasesView.as_view(), name="product-purchases"),
    path("lots/<row_id:pk>/trace/", TraceView.as_view(), name="lot-trace"),
    path("stock/levels/", LevelsView.as_view(), name="stock-levels"),
    path("stock/comparisons/", ComparisonView.as_view(), name="comparisons"),
    *(
        path(f"reports/{end}/", view.as_view(root_link=f"report-{end}"), name=f"report-{end}")
        for end, view in VIEWS.items()
    ),
]
