from core.http.routers import make_routes
from trade.closings.views import CashViewSet, ClosingViewSet

urlpatterns = make_routes(("closings/cash", CashViewSet, "cash"), ("closings", ClosingViewSet, "closing"))
