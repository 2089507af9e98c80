from django.urls import path

import core.http.routers  # noqa: F401, registers the converter of `row_id`
from products.variants import group_pages

pages = [
    path("groups/<row_id:pk>/fill/", group_pages.FillGroupPage.as_view(), name="shop-fill-group"),
    path("groups/<row_id:pk>/rename/", group_pages.RenameValuesPage.as_view(), name="shop-rename-group"),
]
