"""The pages below /shop/: those of the menu, and those of the tasks, which lie with their subjects."""

from django.urls import path

from desk.saved import page_urls as view_urls
from desk.shop import find_page, form_views, menu, reports_page, tag_page, uses_page
from products import page_urls as product_urls
from products.offers import page_urls as offer_urls
from products.own_fields import page_urls as field_urls
from products.variants import page_urls as group_urls
from stock import urls as stock_urls
from stock.making import urls as making_urls
from trade.kits import page_urls as kit_urls
from trade.labels import urls as label_urls
from trade.purchasing import urls as order_urls
from trade.reservations import urls as reservation_urls
from trade.sales import urls as sale_urls
from trade.selling import page_urls as payment_urls
from trade.sheets import urls as sheet_urls
from web.task_pages import route_page

urlpatterns = [
    *stock_urls.pages,
    *making_urls.pages,
    *sheet_urls.pages,
    *payment_urls.urlpatterns,
    *sale_urls.pages,
    *order_urls.pages,
    *reservation_urls.pages,
    *product_urls.urlpatterns,
    *group_urls.urlpatterns,
    *kit_urls.urlpatterns,
    *label_urls.pages,
    *field_urls.urlpatterns,
    *offer_urls.urlpatterns,
    *view_urls.urlpatterns,
    path("find/", find_page.FindPage.as_view(), name="shop-find"),
    path("tag/", tag_page.TagPage.as_view(), name="shop-tag"),
    path("reports/", reports_page.ReportsPage.as_view(), name="shop-reports"),
    path("uses/", uses_page.UsesPage.as_view(), name="shop-uses"),
    path("shop/", menu.ShopPage.as_view(), name="shop-links"),
    path("form/<path:path>", route_page.RoutePage.as_view(), name="shop-form"),
    path("delete/<path:path>", route_page.RoutePage.as_view(method="DELETE"), name="shop-delete"),
    path("sent/", form_views.SentView.as_view(), name="shop-sent"),
    path("line-products/", form_views.LineProductsView.as_view(), name="shop-line-products"),
]
