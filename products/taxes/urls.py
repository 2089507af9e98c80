from core.http.routers import make_routes
from products.taxes.views import TaxViewSet

urlpatterns = make_routes(("taxes", TaxViewSet, "tax"))
