"""URLs below /docs/."""

from django.urls import path, re_path

from inventory_api.documentation import views

urlpatterns = [
    path("", views.show_page, name="documentation"),
    re_path(r"^(?P<address>[\w/-]+/)$", views.show_page, name="documentation-page"),
    re_path(r"^(?P<name>[\w/-]+\.(?:svg|png))$", views.show_picture, name="documentation-picture"),
]
