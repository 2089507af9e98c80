"""The pages below /shop/ that belong to no app below: the search, the reports, the settings and the forms of routes."""

from django.urls import path

from desk.shop import find_page, form_views, menu, reports_page, tag_page, uses_page
from web.task_pages import route_page

pages = [
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
