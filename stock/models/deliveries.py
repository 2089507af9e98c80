"""What is kept beside the movements of a delivery: what it cost besides, and who has delivered it."""

from django.db import models
from django.db.models import Index, Q, UniqueConstraint

from core.database.constraints import checks
from core.ownership import OwnedKey, OwnedQuerySet, OwnerKey
from products.models import MAX_VALUE
from records.contacts.models import NamesContacts
from stock.models.ledger import LedgerRow, Movement, Operation
from stock.models.querysets import LedgerQuerySet
from suppliers.models import Supplier

MAX_EXTRA_NAME_LENGTH = 64
IS_SOMETHING = Q(cost__gt=0, cost__lte=MAX_VALUE)


class ExtraCost(LedgerRow):
    """What a delivery cost besides its goods, such as freight. A trigger refuses every change."""

    owner = OwnerKey(db_constraint=False)  # implied by `operation`
    operation = OwnedKey(Operation)
    name = models.CharField(max_length=MAX_EXTRA_NAME_LENGTH)
    cost = models.DecimalField(max_digits=22, decimal_places=2)

    objects = LedgerQuerySet.as_manager()
    sealed_with = "operation"

    class Meta:
        verbose_name = "extra cost of a delivery"
        verbose_name_plural = "extra costs of deliveries"
        constraints = [*checks(cost=IS_SOMETHING)]
        indexes = [Index(fields=["owner", "operation"], name="stock_extracost_by_operation")]

    def __str__(self) -> str:
        return self.name


class ExtraShare(LedgerRow):
    """The share of a movement in the extra costs of its delivery, which its `value` has. A trigger refuses changes.

    A movement without a share has no row.
    """

    owner = OwnerKey(db_constraint=False)  # implied by `movement`
    movement = OwnedKey(Movement)
    cost = models.DecimalField(max_digits=22, decimal_places=2)

    objects = LedgerQuerySet.as_manager()
    sealed_with = "movement"

    class Meta:
        verbose_name = "share in extra costs"
        verbose_name_plural = "shares in extra costs"
        constraints = [
            UniqueConstraint(fields=["owner", "movement"], name="stock_extrashare_once"),
            *checks(cost=IS_SOMETHING),
        ]

    def __str__(self) -> str:
        return f"{self.cost} of movement {self.movement_id}"


class Delivery(NamesContacts):
    """Who has delivered goods without an order. The link stays when the supplier is archived."""

    operation = OwnedKey(Operation)
    supplier = OwnedKey(Supplier)

    objects = OwnedQuerySet.as_manager()
    moved_as = "deliveries"

    class Meta:
        verbose_name_plural = "deliveries without an order"
        constraints = [UniqueConstraint(fields=["owner", "operation"], name="stock_delivery_once")]
        indexes = [Index(fields=["owner", "supplier", "operation"], name="stock_delivery_by_supplier")]

    def __str__(self) -> str:
        return f"operation {self.operation_id} of supplier {self.supplier_id}"
