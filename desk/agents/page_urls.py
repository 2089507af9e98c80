from django.urls import path

from desk.agents import connecting, views

urlpatterns = [
    path("mcp", views.AgentsView.as_view(), name="mcp"),
    path("shop/agents/", connecting.ConnectPage.as_view(), name="shop-agents"),
]
