from django.urls import path

from labels.scan_views import ScanView

urlpatterns = [
    path("scan/", ScanView.as_view(), name="scan"),
]
