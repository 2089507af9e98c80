from core.http.routers import make_routes
from suppliers.views import SupplierViewSet

urlpatterns = make_routes(("suppliers", SupplierViewSet, "supplier"))
