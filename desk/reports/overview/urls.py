from django.urls import path

import core.http.routers  # noqa: F401, registers the converter of `row_id`
from desk.reports.overview.views import AlertsView, DashboardView, LevelsView, StatementView

urlpatterns = [
    path("dashboard/", DashboardView.as_view(), name="dashboard"),
    path("products/alerts/", AlertsView.as_view(), name="product-alerts"),
    path("products/<row_id:product_id>/statement/", StatementView.as_view(), name="product-statement"),
    path("stock/levels/", LevelsView.as_view(), name="stock-levels"),
]
