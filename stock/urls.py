from django.urls import path

from core.http.routers import make_routes
from stock import booking_pages, views
from stock.goods.edits.views import EditViewSet
from stock.importing import urls as import_urls
from stock.making import urls as making_urls

urlpatterns = [
    *make_routes(("stock/seals", views.SealViewSet, "seal"), ("products/edits", EditViewSet, "product-edit")),
    *import_urls.urlpatterns,
    *making_urls.urlpatterns,
    path("stock/history/<row_id:product_id>/", views.HistoryView.as_view(tag="stock"), name="movement-history"),
    path("products/<row_id:product_id>/movements/", views.HistoryView.as_view(), name="product-movements"),
    path("stock/counts/", views.CountView.as_view(), name="counts"),
    path("stock/transfers/", views.TransferView.as_view(), name="transfers"),
    path("stock/verify/", views.VerifyView.as_view(), name="verify"),
    path("item-changes/", views.ItemChangesView.as_view(), name="item-changes"),
]

pages = [
    path("receive/", booking_pages.ReceivePage.as_view(), name="shop-receive"),
    path("write-off/", booking_pages.WriteOffPage.as_view(), name="shop-write-off"),
    path("move/", booking_pages.MovePage.as_view(), name="shop-move"),
    *making_urls.pages,
]
