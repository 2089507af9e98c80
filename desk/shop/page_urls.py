from django.urls import path, re_path

import core.http.routers  # noqa: F401, registers the converter of `row_id`
from desk.shop import find_page, form_views, menu, reports_page, tag_page, uses_page
from products import edit_many_pages, product_pages
from products.own_fields import own_field_page
from products.variants import group_pages
from stock import booking_pages
from stock.making import making_pages
from stock.sales import payment_pages
from trade.kits import kit_pages
from trade.labels import label_page
from trade.purchasing import order_pages
from trade.reservations import order_pages as reservation_pages
from trade.sales import return_pages, take_back_page
from trade.sheets import count_page, decide_page, sheet_pages
from web.task_pages import route_page

urlpatterns = [
    path("find/", find_page.FindPage.as_view(), name="shop-find"),
    path("sell/", booking_pages.SellPage.as_view(), name="shop-sell"),
    path("receive/", booking_pages.ReceivePage.as_view(), name="shop-receive"),
    path("make/", making_pages.MakePage.as_view(), name="shop-make"),
    path("take-apart/", making_pages.TakeApartPage.as_view(), name="shop-take-apart"),
    path("recipe/", making_pages.RecipePage.as_view(), name="shop-recipe"),
    path("write-off/", booking_pages.WriteOffPage.as_view(), name="shop-write-off"),
    path("move/", booking_pages.MovePage.as_view(), name="shop-move"),
    path("count/", count_page.CountPage.as_view(), name="shop-count"),
    path("sheets/new/", sheet_pages.OpenSheetPage.as_view(), name="shop-open-sheet"),
    path("sheets/<row_id:pk>/count/", sheet_pages.CountSheetPage.as_view(), name="shop-count-sheet"),
    path("sheets/<row_id:pk>/differences/", decide_page.decide_sheet, name="shop-decide-sheet"),
    path("return/", return_pages.FindSalePage.as_view(), name="shop-find-sale"),
    path("return/without-receipt/", take_back_page.TakeBackPage.as_view(), name="shop-take-back"),
    path("sales/<row_id:pk>/return/", return_pages.ReturnPage.as_view(), name="shop-return-sale"),
    path("sales/<row_id:operation>/pay/", payment_pages.PayPage.as_view(), name="shop-pay"),
    path("deliveries/<row_id:pk>/return/", return_pages.SendBackPage.as_view(), name="shop-send-back"),
    path("orders/", order_pages.OrdersPage.as_view(), name="shop-orders"),
    path("order/", order_pages.OrderPage.as_view(), name="shop-order"),
    path("orders/<row_id:pk>/", order_pages.DraftPage.as_view(), name="shop-draft"),
    path("orders/<row_id:pk>/receive/", order_pages.ReceiveOrderPage.as_view(), name="shop-receive-order"),
    path("reservations/<row_id:pk>/fulfil/", reservation_pages.FulfilPage.as_view(), name="shop-fulfil"),
    path(
        "reservations/<row_id:pk>/", reservation_pages.ChangeReservationPage.as_view(), name="shop-change-reservation"
    ),
    path("hand-out/", reservation_pages.HandOutPage.as_view(), name="shop-hand-out"),
    path("reserve/", reservation_pages.ReservePage.as_view(), name="shop-reserve"),
    path("products/add/", product_pages.AddProductPage.as_view(), name="shop-add-product"),
    path("products/<row_id:pk>/picture/", product_pages.PicturePage.as_view(), name="shop-picture"),
    path("tag/", tag_page.TagPage.as_view(), name="shop-tag"),
    path("edit/price/", edit_many_pages.EditPricesPage.as_view(), name="shop-edit-prices"),
    path("edit/category/", edit_many_pages.EditCategoriesPage.as_view(), name="shop-edit-categories"),
    path("edit/low-at/", edit_many_pages.EditThresholdsPage.as_view(), name="shop-edit-thresholds"),
    path("edit/archive/", edit_many_pages.ArchiveManyPage.as_view(), name="shop-archive-products"),
    path("groups/<row_id:pk>/fill/", group_pages.FillGroupPage.as_view(), name="shop-fill-group"),
    path("groups/<row_id:pk>/rename/", group_pages.RenameValuesPage.as_view(), name="shop-rename-group"),
    path("kits/add/", kit_pages.AddKitPage.as_view(), name="shop-add-kit"),
    path("kits/<row_id:pk>/", kit_pages.ChangeKitPage.as_view(), name="shop-change-kit"),
    path("labels/", label_page.LabelsPage.as_view(), name="shop-labels"),
    path("reports/", reports_page.ReportsPage.as_view(), name="shop-reports"),
    path("uses/", uses_page.UsesPage.as_view(), name="shop-uses"),
    path("shop/", menu.ShopPage.as_view(), name="shop-links"),
    re_path("^form/(?P<path>fields/[0-9]+/)$", own_field_page.OwnFieldPage.as_view()),
    re_path(r"^form/(?P<path>(?:products/[0-9]+|items(?:/[0-9]+)?)/)$", product_pages.EditProductPage.as_view()),
    path("form/<path:path>", route_page.RoutePage.as_view(), name="shop-form"),
    path("delete/<path:path>", route_page.RoutePage.as_view(method="DELETE"), name="shop-delete"),
    path("sent/", form_views.SentView.as_view(), name="shop-sent"),
    path("line-products/", form_views.LineProductsView.as_view(), name="shop-line-products"),
]
