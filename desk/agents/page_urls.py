from django.urls import path

from desk.agents import connect_page, views

urlpatterns = [
    path("mcp", views.AgentsView.as_view(), name="mcp"),
    path("shop/agents/", connect_page.ConnectPage.as_view(), name="shop-agents"),
]
