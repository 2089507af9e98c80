"""What is kept beside the movements of a sale: payments, rates of VAT, discounts; and returns, also of deliveries."""

from decimal import Decimal

from django.db import models
from django.db.models import CheckConstraint, F, Index, Q, UniqueConstraint

from core.database.constraints import OwnedForeignKey
from core.ownership import OwnedKey, OwnerKey
from core.translation import gettext_noop
from products.models import MAX_VALUE, NOTHING, RATES, amount_range
from stock.models.ledger import LedgerRow, Movement, MovementType, Operation, OperationReason, Performer
from stock.models.querysets import LedgerQuerySet, PaymentQuerySet

MAX_KIND_LENGTH = 8


class PaymentKind(models.TextChoices):
    CASH = "cash", gettext_noop("Cash")
    CARD = "card", gettext_noop("Card")
    TRANSFER = "transfer", gettext_noop("Bank transfer")
    VOUCHER = "voucher", gettext_noop("Voucher")
    OTHER = "other", gettext_noop("Other")


IS_TENDERED_WITH_TIP = Q(tendered=None) | Q(tendered__gte=F("amount") + F("tip"))


class Payment(LedgerRow):
    """Money that was received for a sale, or given back. A trigger refuses every change.

    `origin` is the return with which money was given back, or the reversal that has undone the payment `reverses`. A
    payment that was reversed alone has no origin. trade.selling.payments writes the rows.
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

    class Meta(LedgerRow.Meta):
        constraints = [
            *LedgerRow.Meta.constraints,
            OwnedForeignKey("operation"),
            OwnedForeignKey("origin"),
            OwnedForeignKey("reverses"),
            OwnedForeignKey("performer"),
            UniqueConstraint(
                fields=["owner", "reverses"], condition=Q(reverses__isnull=False), name="stock_payment_one_reversal"
            ),
            CheckConstraint(condition=Q(kind__in=PaymentKind.values), name="stock_payment_kind"),
            CheckConstraint(
                condition=Q(amount__range=(-MAX_VALUE, MAX_VALUE)) & ~Q(amount=0), name="stock_payment_amount"
            ),
            CheckConstraint(
                condition=Q(tendered=None)
                | Q(tendered__range=(F("amount"), MAX_VALUE), amount__gt=0, kind=PaymentKind.CASH, reverses=None),
                name="stock_payment_tendered",
            ),
            CheckConstraint(
                condition=Q(tip=NOTHING)
                | (Q(amount__gt=0, reverses=None, tip__range=(NOTHING, MAX_VALUE)) & IS_TENDERED_WITH_TIP)
                | Q(amount__lt=0, reverses__isnull=False, tip__range=(-MAX_VALUE, NOTHING)),
                name="stock_payment_tip",
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


class Sold(LedgerRow):
    """The rate of VAT and the discount of a movement that has sold something. A trigger refuses every change.

    A movement without both has no row.
    """

    owner = OwnerKey(db_constraint=False)  # implied by `movement`
    movement = OwnedKey(Movement)
    rate = models.DecimalField("VAT in percent", max_digits=5, decimal_places=2, null=True)
    is_net = models.BooleanField("VAT was added", help_text="Whether the price was without VAT.")
    discount = models.DecimalField(
        max_digits=22, decimal_places=2, help_text="Its part of the discount of the sale, taken off the price."
    )

    objects = LedgerQuerySet.as_manager()

    class Meta(LedgerRow.Meta):
        verbose_name_plural = "sold"
        constraints = [
            *LedgerRow.Meta.constraints,
            OwnedForeignKey("movement"),
            UniqueConstraint(fields=["owner", "movement"], name="stock_sold_once"),
            CheckConstraint(condition=Q(rate__range=RATES), name="stock_sold_rate"),
            amount_range("discount", MAX_VALUE),
            CheckConstraint(
                condition=Q(rate__isnull=False) | Q(is_net=False, discount__gt=0), name="stock_sold_needed"
            ),
        ]

    def __str__(self) -> str:
        return f"movement {self.movement_id}"


# The type of the movements that a return partly undoes, by the reason of their operation.
RETURNED_TYPES: dict[str, MovementType] = {
    OperationReason.SALE: MovementType.OUT,
    OperationReason.PURCHASE: MovementType.IN,
}


class Return(LedgerRow):
    """A return against a sale or a delivery. A trigger refuses every change. It stands unless its operation is undone.

    `sale` is the sale or the delivery. `scrapped` is the operation that wrote off, in the same transaction, what came
    back and can't be sold again.

    If `scrapped` is the operation itself, the row is no return: the operation wrote off, in the same transaction, what
    arrived damaged with the delivery `sale`, or came back broken without a sale by the operation `sale`.
    """

    owner = OwnerKey(db_constraint=False)  # implied by `operation`
    sale = OwnedKey(Operation)
    operation = OwnedKey(Operation)
    scrapped = OwnedKey(Operation, null=True)

    objects = LedgerQuerySet.as_manager()
    sealed_with = "operation"

    class Meta(LedgerRow.Meta):
        constraints = [
            *LedgerRow.Meta.constraints,
            OwnedForeignKey("sale"),
            OwnedForeignKey("operation"),
            OwnedForeignKey("scrapped"),
            UniqueConstraint(fields=["owner", "operation"], name="stock_return_once"),
        ]
        indexes = [Index(fields=["owner", "sale"], name="stock_return_by_sale")]

    def __str__(self) -> str:
        return f"operation {self.operation_id} of sale {self.sale_id}"


class Returned(LedgerRow):
    """Which movement of a sale or a delivery a movement of a return takes back. A trigger refuses every change.

    `total` is the part of what that movement was sold for, as its price is: without VAT that is added. For a delivery
    it is null. Returns that releases before 1.4.0 have booked have no rows.
    """

    owner = OwnerKey(db_constraint=False)  # implied by `movement`
    movement = OwnedKey(Movement)
    source = OwnedKey(Movement)
    total = models.DecimalField(max_digits=22, decimal_places=2, null=True)

    objects = LedgerQuerySet.as_manager()
    sealed_with = "movement"

    class Meta(LedgerRow.Meta):
        verbose_name_plural = "returned"
        constraints = [
            *LedgerRow.Meta.constraints,
            OwnedForeignKey("movement"),
            OwnedForeignKey("source"),
            UniqueConstraint(fields=["owner", "movement"], name="stock_returned_once"),
            amount_range("total", MAX_VALUE),
        ]

    def __str__(self) -> str:
        return f"movement {self.movement_id} of movement {self.source_id}"
