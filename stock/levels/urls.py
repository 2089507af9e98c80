from django.urls import path

from core.http.routers import make_routes
from stock.levels import level_page, refill_page, views

urlpatterns = [
    path("locations/<row_id:pk>/levels/", views.LocationLevelsView.as_view(), name="location-levels"),
    *make_routes(("levels", views.LevelViewSet, "level")),
]

pages = [
    path("levels/<row_id:pk>/", level_page.LevelsPage.as_view(), name="shop-levels"),
    path("refill/", refill_page.RefillPage.as_view(), name="shop-refill"),
]
