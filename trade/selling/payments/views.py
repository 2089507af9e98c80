"""The routes that pay a sale."""

from decimal import Decimal
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from records.idempotency.decorators import idempotent
from stock.models import Operation, Payment
from trade.selling.payments import pages, services
from trade.selling.payments.money import read_money
from trade.selling.payments.serializers import PaidSaleSerializer, SalePaymentsSerializer, describe_paid
from users.access.permissions import grant
from users.access.roles import Right
from web.view_bases import created, post_action
from web.viewsets import OwnedMixin


class PaymentViewSet(OwnedMixin):
    """The payments of a sale."""

    tag = "sales"
    rights = grant(Right.WORK, "create", "reverse")
    queryset = Payment.objects.all()
    serializer_class = SalePaymentsSerializer
    verbs = pages.VERBS
    forms_elsewhere = ("create",)

    def get_sale(self) -> Operation:
        """Return the sale of the address. Raise Http404."""
        sale: Operation = get_object_or_404(Operation.objects.for_user(self.user), pk=self.kwargs["operation"])
        return sale

    def get_object(self) -> Operation | Payment:
        """Return what the address names: the payment, or else the sale. Raise Http404, also for another sale's."""
        sale = self.get_sale()
        payments: Any = self.get_queryset().filter(operation=sale)
        return get_object_or_404(payments, pk=self.kwargs["pk"]) if "pk" in self.kwargs else sale

    def stores(self, name: str, text: str) -> bool:
        return name == "amount" and Decimal(text) == read_money(self.get_sale()).due

    @extend_schema(responses={201: PaidSaleSerializer})
    @idempotent
    def create(self, request: Request, **kwargs: Any) -> Response:
        """Book what was received for a sale: one payment, or several `payments`, all or none.

        Together with the payments before, they are at most what the sale was sold for, less what came back.
        """
        sale = self.get_sale()
        booked = services.pay(by=self.user, sale=sale, payments=self.read_body()["payments"])
        return created(describe_paid(sale, booked))

    @extend_schema(responses={201: PaidSaleSerializer})
    @post_action()
    @idempotent
    def reverse(self, request: Request, **kwargs: Any) -> Response:
        """Book the opposite of a payment, once: it was a mistake."""
        sale, payment = self.get_sale(), self.get_object()
        booked = services.reverse_payment(by=self.user, sale=sale, pk=payment.pk)
        return created(describe_paid(sale, [booked]))
