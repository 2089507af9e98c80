from django.urls import re_path

from core.http.routers import make_paths
from products import edit_many_pages, product_pages
from products.offers import page_urls as offer_urls
from products.own_fields import page_urls as field_urls
from products.variants import page_urls as group_urls

pages = [
    *make_paths(
        ("products/add/", product_pages.AddProductPage, "shop-add-product"),
        ("products/<row_id:pk>/picture/", product_pages.PicturePage, "shop-picture"),
        ("edit/price/", edit_many_pages.EditPricesPage, "shop-edit-prices"),
        ("edit/category/", edit_many_pages.EditCategoriesPage, "shop-edit-categories"),
        ("edit/tax/", edit_many_pages.EditTaxesPage, "shop-edit-taxes"),
        ("edit/keeps-stock/", edit_many_pages.EditKeepsStockPage, "shop-edit-keeps-stock"),
        ("edit/low-at/", edit_many_pages.EditThresholdsPage, "shop-edit-thresholds"),
        ("edit/archive/", edit_many_pages.ArchiveManyPage, "shop-archive-products"),
    ),
    re_path(r"^form/(?P<path>(?:products/[0-9]+|items(?:/[0-9]+)?)/)$", product_pages.EditProductPage.as_view()),
    *group_urls.pages,
    *field_urls.pages,
    *offer_urls.pages,
]
