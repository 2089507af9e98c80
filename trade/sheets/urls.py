from django.urls import path

from core.http.routers import make_routes
from trade.sheets import count_page, decide_page, sheet_pages
from trade.sheets.views import SheetViewSet

urlpatterns = make_routes(("stock/sheets", SheetViewSet, "sheet"))

pages = [
    path("count/", count_page.CountPage.as_view(), name="shop-count"),
    path("sheets/new/", sheet_pages.OpenSheetPage.as_view(), name="shop-open-sheet"),
    path("sheets/<row_id:pk>/count/", sheet_pages.CountSheetPage.as_view(), name="shop-count-sheet"),
    path("sheets/<row_id:pk>/differences/", decide_page.decide_sheet, name="shop-decide-sheet"),
]
