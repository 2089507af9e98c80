"""The link to the paper of a quote, which is mailed to the customer."""

from django.http import HttpRequest, HttpResponse
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.generic import View

from trade.quotes.files import make_document
from trade.quotes.models import Quote
from trade.quotes.services import QUOTED
from trade.reservations.lines import attach_lines
from web.mailed_links import MailedLink

LINK = MailedLink("quote", "quotes.files", "quote-by-mail", "quote_notice")


@method_decorator(never_cache, name="dispatch")
class QuoteByMail(View):
    """Sends the paper to a customer. The link in a mail opens it."""

    def get(self, request: HttpRequest, token: str) -> HttpResponse:
        """Return the PDF of the quote as it is now. Raise LinkEnded."""
        quote, shop, _ = LINK.open(token, Quote.objects.detailed())
        [shown] = attach_lines([quote], QUOTED)
        return HttpResponse(make_document(shown, shop).finish("a4"), content_type="application/pdf")
