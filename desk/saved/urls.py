from core.http.routers import make_routes
from desk.saved.views import SavedViewSet

urlpatterns = make_routes(("views", SavedViewSet, "view"))
