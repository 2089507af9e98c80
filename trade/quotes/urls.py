from django.urls import path

from core.http.routers import make_routes
from trade.quotes.mail_pages import QuoteByMail
from trade.quotes.order_pages import ChangeQuotePage, QuotePage
from trade.quotes.views import QuoteViewSet

urlpatterns = make_routes(("quotes", QuoteViewSet, "quote"))

root_pages = [path("accounts/quotes/<token>/", QuoteByMail.as_view(), name="quote-by-mail")]
pages = [
    path("quote/", QuotePage.as_view(), name="shop-quote"),
    path("quotes/<row_id:pk>/", ChangeQuotePage.as_view(), name="shop-change-quote"),
]
