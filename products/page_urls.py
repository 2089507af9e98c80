from django.urls import path, re_path

import core.http.routers  # noqa: F401, registers the converter of `row_id`
from products import edit_many_pages, product_pages
from products.offers import page_urls as offer_urls
from products.own_fields import page_urls as field_urls
from products.variants import page_urls as group_urls

pages = [
    path("products/add/", product_pages.AddProductPage.as_view(), name="shop-add-product"),
    path("products/<row_id:pk>/picture/", product_pages.PicturePage.as_view(), name="shop-picture"),
    path("edit/price/", edit_many_pages.EditPricesPage.as_view(), name="shop-edit-prices"),
    path("edit/category/", edit_many_pages.EditCategoriesPage.as_view(), name="shop-edit-categories"),
    path("edit/tax/", edit_many_pages.EditTaxesPage.as_view(), name="shop-edit-taxes"),
    path("edit/low-at/", edit_many_pages.EditThresholdsPage.as_view(), name="shop-edit-thresholds"),
    path("edit/archive/", edit_many_pages.ArchiveManyPage.as_view(), name="shop-archive-products"),
    re_path(r"^form/(?P<path>(?:products/[0-9]+|items(?:/[0-9]+)?)/)$", product_pages.EditProductPage.as_view()),
    *group_urls.pages,
    *field_urls.pages,
    *offer_urls.pages,
]
