"""Rates of VAT and discounts of what was sold, and returns against sales and deliveries."""

from django.db import models
from django.db.models import Index, Q, UniqueConstraint

from core.database.constraints import checks
from core.ownership import OwnedKey, OwnerKey
from core.translation import gettext_noop
from products.models import AT_ZERO, MAX_REASON_LENGTH, MAX_VALUE, RATES, amount_range
from stock.models.ledger import LedgerRow, Movement, MovementType, Operation, OperationReason
from stock.models.querysets import LedgerQuerySet


class PriceSource(models.TextChoices):
    """What makes the price of a line of a sale."""

    LIST = "list", gettext_noop("List price")
    ROW = "row", gettext_noop("Price")
    PERCENT = "percent", gettext_noop("Percent off")
    TYPED = "typed", gettext_noop("Typed")


class Sold(LedgerRow):
    """The rate of VAT and the discount of a movement that has sold something. A trigger refuses every change.

    A movement with neither has no row. A rate of 0 has the category and the reason that it had at the time of the sale.
    """

    owner = OwnerKey(db_constraint=False)  # implied by `movement`
    movement = OwnedKey(Movement)
    rate = models.DecimalField("VAT in percent", max_digits=5, decimal_places=2, null=True)
    category = models.CharField(max_length=1, null=True, help_text="Of a rate of 0, as invoices have it.")
    reason = models.CharField("reason for no VAT", max_length=MAX_REASON_LENGTH, null=True)
    is_net = models.BooleanField("VAT was added", help_text="Whether the price was without VAT.")
    discount = models.DecimalField(
        max_digits=22, decimal_places=2, help_text="Its part of the discount of the sale, taken off the price."
    )

    objects = LedgerQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "sold"
        constraints = [
            UniqueConstraint(fields=["owner", "movement"], name="stock_sold_once"),
            *checks(
                rate=Q(rate__range=RATES),
                needed=Q(rate__isnull=False) | Q(is_net=False, discount__gt=0),
                category=Q(category__in=AT_ZERO),
            ),
            amount_range("discount", MAX_VALUE),
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
    arrived damaged with the delivery `sale`, or came back broken by the operation `sale`, a return without a sale.
    """

    owner = OwnerKey(db_constraint=False)  # implied by `operation`
    sale = OwnedKey(Operation)
    operation = OwnedKey(Operation)
    scrapped = OwnedKey(Operation, null=True)

    objects = LedgerQuerySet.as_manager()
    sealed_with = "operation"

    class Meta:
        constraints = [UniqueConstraint(fields=["owner", "operation"], name="stock_return_once")]
        indexes = [Index(fields=["owner", "sale"], name="stock_return_by_sale")]

    def __str__(self) -> str:
        return f"operation {self.operation_id} of sale {self.sale_id}"


class Returned(LedgerRow):
    """The movement of a sale or a delivery (`source`) that a movement of a return takes back.

    A trigger refuses every change. `total` is the part of the price of `source` that comes back, without added VAT. For
    a delivery it is null. Returns that were booked by releases before 1.4.0 have no rows.
    """

    owner = OwnerKey(db_constraint=False)  # implied by `movement`
    movement = OwnedKey(Movement)
    source = OwnedKey(Movement)
    total = models.DecimalField(max_digits=22, decimal_places=2, null=True)

    objects = LedgerQuerySet.as_manager()
    sealed_with = "movement"

    class Meta:
        verbose_name_plural = "returned"
        constraints = [
            UniqueConstraint(fields=["owner", "movement"], name="stock_returned_once"),
            amount_range("total", MAX_VALUE),
        ]

    def __str__(self) -> str:
        return f"movement {self.movement_id} of movement {self.source_id}"
