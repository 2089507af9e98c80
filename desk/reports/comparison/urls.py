from django.urls import path

from desk.reports.comparison.views import ComparisonView

urlpatterns = [
    path("stock/comparisons/", ComparisonView.as_view(), name="comparisons"),
]
