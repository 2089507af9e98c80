from django.urls import path

import core.http.routers  # noqa: F401, registers the converter of `row_id`
from trade.selling import payment_pages, sell_page

pages = [
    path("sell/", sell_page.SellPage.as_view(), name="shop-sell"),
    path("tiles/", sell_page.TilesPage.as_view(), name="shop-tiles"),
    path("sales/<row_id:operation>/pay/", payment_pages.PayPage.as_view(), name="shop-pay"),
]
