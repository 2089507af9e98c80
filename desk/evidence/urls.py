from core.http.routers import make_routes
from desk.evidence.views import PackViewSet

urlpatterns = make_routes(("stock/evidence", PackViewSet, "evidence"))
