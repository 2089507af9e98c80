from django.urls import path, re_path

import core.http.routers  # noqa: F401, registers the converter of `row_id`
from desk.saved import view_pages
from desk.saved.pages import ViewMailOffPage

pages = [
    re_path("^form/(?P<path>views/(?:[0-9]+/)?)$", view_pages.ViewPage.as_view()),
    path("views/<row_id:pk>/keep/", view_pages.KeepPage.as_view(), name="shop-keep-view"),
]

root_pages = [path("accounts/views/off/<token>/", ViewMailOffPage.as_view(), name="view-mail-off")]
