"""The routes of the accounts of customers."""

from typing import Any

from django.http import HttpResponse, StreamingHttpResponse
from django.utils.translation import gettext
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from core.http.downloads import (
    FILE_RESPONSES,
    FORMAT_WITH_PDF,
    PAPER,
    PDF,
    PDF_RESPONSE,
    Words,
    pdf_response,
    table_response,
)
from core.http.renderers import JSONOrFile
from core.lists.filters import StrictDateField
from core.lists.parameters import FILE_FORMATS, query_choice, query_value
from records.idempotency.decorators import idempotent
from trade.customer_accounts import pages
from trade.customer_accounts.dues import find_customer, read_dues, sum_due
from trade.customer_accounts.reading import Account, read_account
from trade.customer_accounts.serializers import (
    CustomerAccountSerializer,
    CustomerPaymentSerializer,
    PaidAccountSerializer,
)
from trade.customer_accounts.services import pay_customer
from trade.customers.models import Customer
from users.access.permissions import READ, grant
from users.access.roles import Right
from web.view_bases import created
from web.viewsets import OwnedMixin

DAYS = {
    "from": "The first day of `entries`, by booking. What was booked before is in `opening`.",
    "to": "The last day of `entries`, by booking. `closing` is the balance at its end.",
}


class AccountViewSet(OwnedMixin):
    """The account of a customer."""

    tag = "customers"
    rights = {**READ, **grant(Right.WORK, "create")}
    queryset = Customer.objects.all()
    serializer_class = CustomerAccountSerializer
    content_negotiation_class = JSONOrFile
    pages = {"retrieve": pages.ACCOUNT}
    forms_elsewhere = ("create",)
    name = "Account"

    def get_object(self) -> Customer:
        return find_customer(self.user, self.kwargs["pk"])

    def read_account(self, request: Request) -> Account:
        start, end = (query_value(request, name, StrictDateField()) for name in DAYS)
        if start and end and end < start:
            raise ValidationError({"to": [gettext("The last day is before the first one.")]})
        return read_account(self.user, self.get_object(), start, end)

    @extend_schema(
        parameters=[
            *(
                OpenApiParameter(name, {"type": "string", "format": "date"}, description=about)
                for name, about in DAYS.items()
            ),
            FORMAT_WITH_PDF,
            PAPER,
        ],
        responses={(200, "application/json"): CustomerAccountSerializer, **FILE_RESPONSES, **PDF_RESPONSE},
    )
    def retrieve(self, request: Request, **kwargs: Any) -> Response | HttpResponse | StreamingHttpResponse:
        """Return what was sold to a customer, what came back and what was paid, in the order of booking.

        Only sales from the day `owed_from` of the shop on are in it.
        """
        file_format = query_choice(
            request, "format", (*(one.format for one in self.renderer_classes), *FILE_FORMATS, PDF)
        )
        account = self.read_account(request)
        name = f"account-{account.customer.pk}"
        if file_format == PDF:
            return pdf_response(request, pages.make_document(account, self.user.shop_owner), name)
        if file_format in FILE_FORMATS:
            return table_response(request, pages.make_rows(account), name, file_format, pages.MONEY, Words())
        return self.show(account)

    def show_stored(self) -> Any:
        return {"amount": sum_due(read_dues(self.account_id, self.kwargs["pk"]))}

    @extend_schema(request=CustomerPaymentSerializer, responses={201: PaidAccountSerializer})
    @idempotent
    def create(self, request: Request, **kwargs: Any) -> Response:
        """Book a payment that is shared over the open sales of a customer, the oldest first, or over some `sales`.

        Each part is a payment of its sale. All are booked, or none.
        """
        booked = pay_customer(by=self.user, customer=self.get_object(), **self.read_body())
        customer = self.get_object()  # that which it was merged into before the payment
        owed = sum_due(read_dues(customer.owner_id, customer.pk))
        paid = {"customer": customer.pk, "payments": booked, "owed": owed}
        return created(PaidAccountSerializer(paid).data)
