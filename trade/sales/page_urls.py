from django.urls import path

import core.http.routers  # noqa: F401, registers the converter of `row_id`
from trade.sales import return_pages, take_back_page

urlpatterns = [
    path("return/", return_pages.FindSalePage.as_view(), name="shop-find-sale"),
    path("return/without-receipt/", take_back_page.TakeBackPage.as_view(), name="shop-take-back"),
    path("sales/<row_id:pk>/return/", return_pages.ReturnPage.as_view(), name="shop-return-sale"),
    path("deliveries/<row_id:pk>/return/", return_pages.SendBackPage.as_view(), name="shop-send-back"),
]
