from core.http.routers import make_routes
from desk.takeout.views import ExportViewSet

urlpatterns = make_routes(("account/export", ExportViewSet, "account-export"))
