from django.urls import path

import core.http.routers  # noqa: F401, registers the converter of `row_id`
from trade.selling import payment_pages as door

urlpatterns = [
    path("sales/<row_id:operation>/pay/", door.PayPage.as_view(), name="shop-pay"),
]
