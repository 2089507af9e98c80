from core.http.routers import make_routes
from products.own_fields.views import FieldViewSet

urlpatterns = make_routes(("fields", FieldViewSet, "field"))
