from core.http.routers import make_routes
from stock.importing.views import ImportViewSet, RefusedImportViewSet

urlpatterns = make_routes(
    ("products/import", ImportViewSet, "import"), ("products/import/refused", RefusedImportViewSet, "refused-import")
)
