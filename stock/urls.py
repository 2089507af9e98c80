from django.urls import path

from core.routers import Router
from reports.views import DaysLeftView, IdleReportView, MovementsReportView, ValuationView
from stock.views import (
    CountView,
    HistoryView,
    ItemChangesView,
    LevelsView,
    MovementViewSet,
    OperationViewSet,
    StatementView,
    VerifyView,
)

router = Router()
router.register("stock/operations", OperationViewSet, basename="operation")
router.register("stock", MovementViewSet, basename="movement")

urlpatterns = [
    path("stock/history/<row_id:product_id>/", HistoryView.as_view(), name="movement-history"),
    path("products/<row_id:product_id>/movements/", HistoryView.as_view(), name="product-movements"),
    path("products/<row_id:product_id>/statement/", StatementView.as_view(), name="product-statement"),
    path("stock/counts/", CountView.as_view(), name="counts"),
    path("reports/levels/", LevelsView.as_view(), name="stock-levels"),
    path("stock/verify/", VerifyView.as_view(), name="verify"),
    path("reports/movements/", MovementsReportView.as_view(), name="report-movements"),
    path("reports/valuation/", ValuationView.as_view(), name="report-valuation"),
    path("reports/idle/", IdleReportView.as_view(), name="report-idle"),
    path("reports/days-left/", DaysLeftView.as_view(), name="report-days-left"),
    path("item-changes/", ItemChangesView.as_view(), name="item-changes"),
    *router.urls,
]
