from django.urls import path

import core.routers  # noqa: F401, registers the converter of `row_id`
from desk.shop import bookings, count_sheet, counts, decide_sheet, menu, open_sheet, orders, printing, products, tasks

urlpatterns = [
    path("sell/", bookings.SellPage.as_view(), name="shop-sell"),
    path("receive/", bookings.ReceivePage.as_view(), name="shop-receive"),
    path("write-off/", bookings.WriteOffPage.as_view(), name="shop-write-off"),
    path("move/", bookings.MovePage.as_view(), name="shop-move"),
    path("count/", counts.CountPage.as_view(), name="shop-count"),
    path("sheets/new/", open_sheet.OpenSheetPage.as_view(), name="shop-open-sheet"),
    path("sheets/<row_id:pk>/count/", count_sheet.CountSheetPage.as_view(), name="shop-count-sheet"),
    path("sheets/<row_id:pk>/differences/", decide_sheet.decide_sheet, name="shop-decide-sheet"),
    path("order/", orders.OrderPage.as_view(), name="shop-order"),
    path("orders/<row_id:pk>/", orders.DraftPage.as_view(), name="shop-draft"),
    path("orders/<row_id:pk>/receive/", orders.ReceiveOrderPage.as_view(), name="shop-receive-order"),
    path("reservations/<row_id:pk>/fulfil/", orders.FulfilPage.as_view(), name="shop-fulfil"),
    path("reserve/", orders.ReservePage.as_view(), name="shop-reserve"),
    path("products/add/", products.AddProductPage.as_view(), name="shop-add-product"),
    path("labels/", printing.LabelsPage.as_view(), name="shop-labels"),
    path("reports/", menu.ReportsPage.as_view(), name="shop-reports"),
    path("shop/", menu.ShopPage.as_view(), name="shop-links"),
    path("sent/", tasks.SentView.as_view(), name="shop-sent"),
]
