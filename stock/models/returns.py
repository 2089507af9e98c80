"""The returns of sales and deliveries: which operation brought goods back, or sent them back to the supplier."""

from django.db import models
from django.db.models import Index, UniqueConstraint

from core.database.constraints import OwnedForeignKey
from core.ownership import OwnedKey, OwnerKey
from products.models import MAX_VALUE, amount_range
from stock.models.ledger import LedgerRow, Movement, MovementType, Operation, OperationReason
from stock.querysets import LedgerQuerySet

# The type of the movements that a return partly undoes, by the reason of their operation.
RETURNED_TYPES: dict[str, MovementType] = {
    OperationReason.SALE: MovementType.OUT,
    OperationReason.PURCHASE: MovementType.IN,
}


class Return(LedgerRow):
    """A return against a sale or a delivery. A trigger refuses every change. It stands unless its operation is undone.

    `sale` is the sale or the delivery. `scrapped` is the operation that wrote off, in the same transaction, what came
    back and can't be sold again.
    """

    owner = OwnerKey(db_constraint=False)  # implied by `operation`
    sale = OwnedKey(Operation, on_delete=models.PROTECT, related_name="+")
    operation = OwnedKey(Operation, on_delete=models.PROTECT, related_name="+")
    scrapped = OwnedKey(Operation, on_delete=models.PROTECT, null=True, related_name="+")

    objects = LedgerQuerySet.as_manager()

    class Meta(LedgerRow.Meta):
        constraints = [
            *LedgerRow.Meta.constraints,
            OwnedForeignKey(field="sale", name="stock_return_sale"),
            OwnedForeignKey(field="operation", name="stock_return_operation"),
            OwnedForeignKey(field="scrapped", name="stock_return_scrapped"),
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
    movement = OwnedKey(Movement, on_delete=models.PROTECT, related_name="+")
    source = OwnedKey(Movement, on_delete=models.PROTECT, related_name="+")
    total = models.DecimalField(max_digits=22, decimal_places=2, null=True)

    objects = LedgerQuerySet.as_manager()

    class Meta(LedgerRow.Meta):
        verbose_name_plural = "returned"
        constraints = [
            *LedgerRow.Meta.constraints,
            OwnedForeignKey(field="movement", name="stock_returned_movement"),
            OwnedForeignKey(field="source", name="stock_returned_source"),
            UniqueConstraint(fields=["owner", "movement"], name="stock_returned_once"),
            amount_range("total", MAX_VALUE, table="stock_returned"),
        ]

    def __str__(self) -> str:
        return f"movement {self.movement_id} of movement {self.source_id}"
