"""These come before the admin's own, and take the place of three of them."""

from django.contrib import admin
from django.urls import path

from support import views
from users.views import use_refusal_status

urlpatterns = [
    path("", admin.site.admin_view(views.front), name="desk"),
    path("search/", admin.site.admin_view(views.search), name="desk-search"),
    path("accounts/<row_id:pk>/", admin.site.admin_view(views.account), name="desk-account"),
    path(
        "password_change/",
        admin.site.admin_view(use_refusal_status(views.ChangePassword.as_view())),
        name="desk-password",
    ),
    path("r/<path:address>", admin.site.admin_view(views.nothing)),  # a row's page outside of the desk: it has none
]
