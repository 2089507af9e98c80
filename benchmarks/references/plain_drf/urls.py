from django.urls import include, path
from rest_framework.routers import DefaultRouter
from rest_framework_simplejwt.views import TokenObtainPairView

from benchmarks.references.plain_drf import views

router = DefaultRouter()
router.register("products", views.ProductViewSet, "product")
router.register("stock", views.MovementViewSet, "movement")
urlpatterns = [
    path("api/", include(router.urls)),
    path("api/dashboard/", views.DashboardView.as_view()),
    path("api/login/", TokenObtainPairView.as_view()),
]
