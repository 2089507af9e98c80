from core.http.routers import make_routes
from products.variants.views import GroupViewSet

urlpatterns = make_routes(("groups", GroupViewSet, "group"))
