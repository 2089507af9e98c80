from core.http.routers import make_routes
from trade.sheets.views import SheetViewSet

urlpatterns = make_routes(("stock/sheets", SheetViewSet, "sheet"))
