from django.urls import path

import core.http.routers  # noqa: F401, registers the converter of `row_id`
from trade.invoices.issue_page import IssuePage

pages = [path("sales/<row_id:operation>/invoice/", IssuePage.as_view(), name="shop-invoice")]
