from core.http.routers import make_routes
from trade.selling import views

urlpatterns = make_routes(
    ("stock", views.MovementViewSet, "movement"),  # the most requested one comes first
    ("stock/operations", views.OperationViewSet, "operation"),
)
