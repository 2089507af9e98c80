from django.urls import path

from desk.agents import views

root_pages = [
    path("mcp", views.AgentsView.as_view(), name="mcp"),
    path("shop/agents/", views.ConnectPage.as_view(), name="shop-agents"),
]
