"""The support desk's pages. They precede the admin's URLs, and replace four of its pages."""

from django.contrib import admin
from django.urls import include, path

import core.http.routers  # noqa: F401, registers the converter of `row_id`
from desk.support import views

sign_in = views.StaffSignInPage.as_view()
change_password = views.ChangePassword.as_view()

support_pages = [
    path("", admin.site.admin_view(views.front_page), name="support"),
    path("login/", sign_in),
    path("search/", admin.site.admin_view(views.search), name="support-search"),
    path("accounts/<row_id:pk>/", admin.site.admin_view(views.account), name="support-account"),
    path(
        "accounts/<row_id:pk>/statement/",
        admin.site.admin_view(views.account_statement),
        name="support-account-statement",
    ),
    path("products/<row_id:pk>/statement/", admin.site.admin_view(views.product_statement), name="support-statement"),
    path("password_change/", admin.site.admin_view(change_password), name="support-password"),
    # This replaces the admin's redirect from a row to its page on the site. No row has such a page.
    path("r/<path:address>", admin.site.admin_view(views.refuse_unknown_address)),
]

root_pages = [path("admin/", include(support_pages))]
