from core.http.routers import make_routes
from stock.goods.edits.views import EditViewSet

urlpatterns = make_routes(("products/edits", EditViewSet, "product-edit"))
