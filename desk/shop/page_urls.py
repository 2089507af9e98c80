from django.urls import path, re_path

import core.routers  # noqa: F401, registers the converter of `row_id`
from desk.shop import (
    add_product_page,
    booking_pages,
    edit_product_page,
    form_views,
    group_pages,
    label_page,
    menu,
    order_pages,
    orders_page,
    own_field_page,
    picture_page,
    reports_page,
    return_pages,
    route_page,
    tag_page,
)
from desk.shop.counting import count_page
from desk.shop.counting import decide_page as decide_sheet_page
from desk.shop.counting import open_page as open_sheet_page
from desk.shop.counting import sheet_page as count_sheet_page

urlpatterns = [
    path("sell/", booking_pages.SellPage.as_view(), name="shop-sell"),
    path("receive/", booking_pages.ReceivePage.as_view(), name="shop-receive"),
    path("write-off/", booking_pages.WriteOffPage.as_view(), name="shop-write-off"),
    path("move/", booking_pages.MovePage.as_view(), name="shop-move"),
    path("count/", count_page.CountPage.as_view(), name="shop-count"),
    path("sheets/new/", open_sheet_page.OpenSheetPage.as_view(), name="shop-open-sheet"),
    path("sheets/<row_id:pk>/count/", count_sheet_page.CountSheetPage.as_view(), name="shop-count-sheet"),
    path("sheets/<row_id:pk>/differences/", decide_sheet_page.decide_sheet, name="shop-decide-sheet"),
    path("return/", return_pages.FindSalePage.as_view(), name="shop-find-sale"),
    path("sales/<row_id:pk>/return/", return_pages.ReturnPage.as_view(), name="shop-return-sale"),
    path("deliveries/<row_id:pk>/return/", return_pages.SendBackPage.as_view(), name="shop-send-back"),
    path("orders/", orders_page.OrdersPage.as_view(), name="shop-orders"),
    path("order/", order_pages.OrderPage.as_view(), name="shop-order"),
    path("orders/<row_id:pk>/", order_pages.DraftPage.as_view(), name="shop-draft"),
    path("orders/<row_id:pk>/receive/", order_pages.ReceiveOrderPage.as_view(), name="shop-receive-order"),
    path("reservations/<row_id:pk>/fulfil/", order_pages.FulfilPage.as_view(), name="shop-fulfil"),
    path("reservations/<row_id:pk>/", order_pages.ChangeReservationPage.as_view(), name="shop-change-reservation"),
    path("hand-out/", order_pages.HandOutPage.as_view(), name="shop-hand-out"),
    path("reserve/", order_pages.ReservePage.as_view(), name="shop-reserve"),
    path("products/add/", add_product_page.AddProductPage.as_view(), name="shop-add-product"),
    path("products/<row_id:pk>/picture/", picture_page.PicturePage.as_view(), name="shop-picture"),
    path("tag/", tag_page.TagPage.as_view(), name="shop-tag"),
    path("groups/<row_id:pk>/fill/", group_pages.FillGroupPage.as_view(), name="shop-fill-group"),
    path("groups/<row_id:pk>/rename/", group_pages.RenameValuesPage.as_view(), name="shop-rename-group"),
    path("labels/", label_page.LabelsPage.as_view(), name="shop-labels"),
    path("reports/", reports_page.ReportsPage.as_view(), name="shop-reports"),
    path("shop/", menu.ShopPage.as_view(), name="shop-links"),
    re_path("^form/(?P<path>fields/[0-9]+/)$", own_field_page.OwnFieldPage.as_view()),
    re_path(r"^form/(?P<path>(?:products/[0-9]+|items(?:/[0-9]+)?)/)$", edit_product_page.EditProductPage.as_view()),
    path("form/<path:path>", route_page.RoutePage.as_view(), name="shop-form"),
    path("delete/<path:path>", route_page.RoutePage.as_view(method="DELETE"), name="shop-delete"),
    path("sent/", form_views.SentView.as_view(), name="shop-sent"),
    path("line-products/", form_views.LineProductsView.as_view(), name="shop-line-products"),
]
