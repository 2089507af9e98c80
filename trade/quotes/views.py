"""The routes of quotes."""

from functools import partial
from typing import Any, cast

from django.http import HttpResponse
from django.utils.translation import gettext
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from core.http.downloads import PAPER, PDF, PDF_RESPONSE, pdf_response
from core.lists.pagination import LinesPagination
from core.lists.parameters import query_choice
from core.pages.tabs import Tab
from records.idempotency.decorators import idempotent
from stock.line_fields import call_service
from trade.purchasing.reading import telling_expected
from trade.quotes import pages, services
from trade.quotes.errors import NothingQuoted
from trade.quotes.files import make_document
from trade.quotes.filters import QuoteFilter
from trade.quotes.mail_pages import LINK
from trade.quotes.models import Quote
from trade.quotes.reading import attach_quotes
from trade.quotes.serializers import (
    AcceptedSerializer,
    AcceptSerializer,
    ChangeQuoteSerializer,
    CopyQuoteSerializer,
    QuoteMailSerializer,
    QuoteSerializer,
    WriteQuoteSerializer,
)
from trade.reservations.pages import EXTEND_FIELDS
from trade.reservations.reading import attach_reservation_lines
from trade.reservations.serializers import ReservationSerializer
from trade.selling.payments.pay_pages import DISCOUNT
from users.access.permissions import READ, READERS, Tag, grant
from users.access.roles import Right
from users.models import User
from users.reading import shows
from web.view_bases import created, file_action, post_action
from web.viewsets import AttachedReadViewSet, ETagMixin, raise_404_if_missing

FORMAT = OpenApiParameter("format", enum=[PDF], description="By default a PDF.")


class QuoteViewSet(ETagMixin, AttachedReadViewSet):
    """What customers may order, and at which prices. The newest are the first."""

    tag = Tag("quotes", "What customers may order, and at which prices: docs/quotes.md.", for_keys=True)
    root_link = "quotes"
    tab = Tab(is_offered=shows("quotes"), behind="shop-orders")
    list_name = "Quotes"
    rights = {
        **READ,
        **grant(READERS, "file"),
        **grant(Right.WORK, "create", "partial_update", "accept", "decline", "copy", "mail"),
    }
    queryset = Quote.objects.detailed().order_by("-id")
    serializer_class = QuoteSerializer
    action_serializers = {"create": WriteQuoteSerializer, "partial_update": ChangeQuoteSerializer}
    filterset_class = QuoteFilter
    pagination_class = LinesPagination
    verbs = pages.VERBS
    form_fields = {
        "expires_in": {**EXTEND_FIELDS["expires_in"], "initial": ""},
        "discount": {"kind": DISCOUNT, "help_text": "Empty: that of the quote."},
    }
    forms_elsewhere = ("create", "partial_update")
    pages = {"list": pages.QUOTES, "retrieve": pages.QUOTE}

    def attach(self, quotes: Any) -> list[Any]:
        return attach_quotes(quotes, self.user.shop_today())

    @idempotent
    def create(self, request: Request) -> Response:
        """Write a quote of 1 to 500 lines. Each keeps its price, name and unit. Nothing is reserved."""
        quote = call_service(partial(services.create, by=self.user), self.read_body(), NothingQuoted)
        return self.show(quote, status.HTTP_201_CREATED)

    @idempotent
    def partial_update(self, request: Request, **kwargs: Any) -> Response:
        """Change a quote that is open or expired. A later `valid_until` opens it again."""
        self.get_object()
        return self.change(lambda **values: call_service(services.change, values, NothingQuoted), **self.read_change())

    @extend_schema(responses={201: AcceptedSerializer})
    @post_action(serializer_class=AcceptSerializer)
    @idempotent
    def accept(self, request: Request, **kwargs: Any) -> Response:
        """Make the order of a quote, once, at its prices. It may have expired. A refusal leaves it open."""
        self.get_object()
        values = self.read_body()
        with raise_404_if_missing(), telling_expected(self.account_id):
            order, was_expired = services.accept(by=self.user, pk=self.kwargs["pk"], **values)
        [shown] = attach_reservation_lines([order])
        return created({**ReservationSerializer().to_representation(shown), "was_expired": was_expired})

    @post_action()
    @idempotent
    def decline(self, request: Request, **kwargs: Any) -> Response:
        """Close a quote that the customer does not accept."""
        return self.change(services.decline)

    @extend_schema(responses={201: QuoteSerializer})
    @post_action(serializer_class=CopyQuoteSerializer)
    @idempotent
    def copy(self, request: Request, **kwargs: Any) -> Response:
        """Write a quote of the same goods, at the prices of today but for those that were typed."""
        self.get_object()
        response = self.change(services.copy, **self.read_body())
        response.status_code = status.HTTP_201_CREATED
        return response

    @extend_schema(parameters=[FORMAT, PAPER], responses=PDF_RESPONSE)
    @file_action()
    def file(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Return the quote as a PDF, in the language of the shop."""
        query_choice(request, "format", (PDF,))
        quote = self.get_object()
        return pdf_response(request, self.draw(quote), f"quote-{quote.number}")

    def draw(self, quote: Quote) -> Any:
        [shown] = self.attach([quote])
        return make_document(shown, cast("User", self.user.shop_owner))

    @extend_schema(responses={202: QuoteSerializer})
    @post_action(serializer_class=QuoteMailSerializer)
    @idempotent
    def mail(self, request: Request, **kwargs: Any) -> Response:
        """Mail the customer a link to the PDF, which works for 90 days."""
        quote = self.get_object()
        to = self.read_body().get("to") or (quote.customer and quote.customer.email)
        if not to:
            raise ValidationError({"to": [gettext("The customer has no e-mail address.")]})
        self.draw(quote).finish("a4")  # raises LettersMissing
        LINK.send(cast("User", self.user.shop_owner), quote, to)
        return self.show(quote, status.HTTP_202_ACCEPTED)
