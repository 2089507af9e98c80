from django.urls import path

from reports.overview_views import AlertsView, DashboardView, LevelsView, StatementView
from reports.report_views import (
    DaysLeftView,
    IdleReportView,
    MarginsView,
    MovementsReportView,
    ReorderView,
    ValuationView,
)

urlpatterns = [
    path("dashboard/", DashboardView.as_view(), name="dashboard"),
    path("products/alerts/", AlertsView.as_view(), name="product-alerts"),
    path("products/<row_id:product_id>/statement/", StatementView.as_view(), name="product-statement"),
    path("stock/levels/", LevelsView.as_view(), name="stock-levels"),
    path("reports/movements/", MovementsReportView.as_view(), name="report-movements"),
    path("reports/valuation/", ValuationView.as_view(), name="report-valuation"),
    path("reports/idle/", IdleReportView.as_view(), name="report-idle"),
    path("reports/days-left/", DaysLeftView.as_view(), name="report-days-left"),
    path("reports/margins/", MarginsView.as_view(), name="report-margins"),
    path("reports/reorder/", ReorderView.as_view(), name="report-reorder"),
]
