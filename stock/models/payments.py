"""What was received for sales, and what was given back."""

from decimal import Decimal
from typing import Self

from django.db import models
from django.db.models import F, Index, Q, UniqueConstraint

from core.database.constraints import checks
from core.ownership import OwnedKey, OwnerKey
from core.translation import gettext_noop
from products.models import MAX_VALUE, NOTHING
from stock.models.ledger import LedgerRow, Operation, Performer
from stock.models.querysets import LedgerQuerySet

MAX_KIND_LENGTH = 8


class PaymentKind(models.TextChoices):
    CASH = "cash", gettext_noop("Cash")
    CARD = "card", gettext_noop("Card")
    TRANSFER = "transfer", gettext_noop("Bank transfer")
    VOUCHER = "voucher", gettext_noop("Voucher")
    OTHER = "other", gettext_noop("Other")


class PaymentQuerySet(LedgerQuerySet):
    def detailed(self) -> Self:
        """Join each payment's performer, and annotate `reversed_by`: the id of the payment's reversal, or None."""
        return self.select_related("performer").annotate(reversed_by=F("reversals__id"))


IS_TENDERED_WITH_TIP = Q(tendered=None) | Q(tendered__gte=F("amount") + F("tip"))


class Payment(LedgerRow):
    """Money that was received for a sale, or given back. A trigger refuses every change.

    `origin` is the return with which money was given back, or the reversal that has undone the payment `reverses`. A
    payment that was reversed alone has no origin. trade.selling.payments.services writes the rows.
    """

    owner = OwnerKey(db_constraint=False)  # implied by `operation`
    operation = OwnedKey(Operation)
    origin = OwnedKey(Operation, null=True)
    kind = models.CharField(max_length=MAX_KIND_LENGTH, choices=PaymentKind)
    amount = models.DecimalField(max_digits=22, decimal_places=2, help_text="Negative if it was given back.")
    tendered = models.DecimalField(
        max_digits=22, decimal_places=2, null=True, help_text="The cash that was handed over: the rest is the change."
    )
    reverses = OwnedKey("self", null=True, related_name="reversals")
    performer = OwnedKey(Performer)
    created_at = models.DateTimeField("booked")
    tip = models.DecimalField(
        max_digits=22, decimal_places=2, default=NOTHING, db_default=NOTHING,
        help_text="What was received besides, which is no part of the sale.",
    )  # fmt: skip

    objects = PaymentQuerySet.as_manager()

    reversed_by: int | None = None  # PaymentQuerySet.detailed() sets it

    class Meta:
        constraints = [
            UniqueConstraint(
                fields=["owner", "reverses"], condition=Q(reverses__isnull=False), name="stock_payment_one_reversal"
            ),
            *checks(
                kind=Q(kind__in=PaymentKind.values),
                amount=Q(amount__range=(-MAX_VALUE, MAX_VALUE)) & ~Q(amount=0),
                tendered=Q(tendered=None)
                | Q(tendered__range=(F("amount"), MAX_VALUE), amount__gt=0, kind=PaymentKind.CASH, reverses=None),
                tip=Q(tip=NOTHING)
                | (Q(amount__gt=0, reverses=None, tip__range=(NOTHING, MAX_VALUE)) & IS_TENDERED_WITH_TIP)
                | Q(amount__lt=0, reverses__isnull=False, tip__range=(-MAX_VALUE, NOTHING)),
            ),
        ]
        indexes = [
            Index(fields=["owner", "operation"], name="stock_payment_by_operation"),
            Index(fields=["owner", "origin"], condition=Q(origin__isnull=False), name="stock_payment_by_origin"),
        ]

    @property
    def change(self) -> Decimal | None:
        """Return the change of a payment with an amount tendered."""
        return None if self.tendered is None else self.tendered - self.amount - self.tip

    def __str__(self) -> str:
        return f"{self.kind} {self.amount} for operation {self.operation_id}"
