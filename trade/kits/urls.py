from core.http.routers import make_routes
from trade.kits.views import KitViewSet

urlpatterns = make_routes(("kits", KitViewSet, "kit"))
