from django.urls import path

import core.http.routers  # noqa: F401, registers the converter of `row_id`
from trade.kits import kit_pages

pages = [
    path("kits/add/", kit_pages.AddKitPage.as_view(), name="shop-add-kit"),
    path("kits/<row_id:pk>/", kit_pages.ChangeKitPage.as_view(), name="shop-change-kit"),
]
