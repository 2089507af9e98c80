from django.urls import path

from core.http.routers import make_routes
from trade.sales import find_sale_page, return_pages, take_back_page
from trade.sales.receipt_pages import ReceiptPage
from trade.sales.views import SaleViewSet

urlpatterns = make_routes(("sales", SaleViewSet, "sale"))

pages = [
    path("return/", find_sale_page.FindSalePage.as_view(), name="shop-find-sale"),
    path("return/without-receipt/", take_back_page.TakeBackPage.as_view(), name="shop-take-back"),
    path("sales/<row_id:pk>/return/", return_pages.ReturnPage.as_view(), name="shop-return-sale"),
    path("deliveries/<row_id:pk>/return/", return_pages.SendBackPage.as_view(), name="shop-send-back"),
]

root_pages = [path("accounts/receipts/<token>/", ReceiptPage.as_view(), name="receipt-by-mail")]
