"""The places of stock: holdings, and the portions of movements that went into them or came out of them."""

from django.db import models
from django.db.models import CheckConstraint, Index, Q, UniqueConstraint

from core.database.constraints import OwnedForeignKey
from core.ownership import OwnedKey, OwnedModel, OwnedQuerySet, OwnerKey
from products.models import Product, quantity_range
from stock.models.ledger import LedgerRow, Movement
from stock.places.models import Location, Lot
from stock.querysets import LedgerQuerySet

HAS_PLACE = Q(location__isnull=False) | Q(lot__isnull=False)


class Holding(OwnedModel):
    """A quantity of a product at a location, in a lot, or both.

    Only stock/booking/ writes it, while the product is locked. An emptied holding is deleted: otherwise reading the
    holdings of a product would become slower with each lot that was sold out. `Product.held` is the sum of the
    product's holdings.
    """

    owner = OwnerKey(db_constraint=False)  # implied by `product`
    product = OwnedKey(Product, on_delete=models.PROTECT, related_name="holdings")
    location = OwnedKey(Location, on_delete=models.PROTECT, null=True, related_name="holdings")
    lot = OwnedKey(Lot, on_delete=models.PROTECT, null=True, related_name="holdings")
    quantity = models.BigIntegerField()

    objects = OwnedQuerySet.as_manager()

    class Meta(OwnedModel.Meta):
        constraints = [
            *OwnedModel.Meta.constraints,
            OwnedForeignKey(field="product", name="stock_holding_product"),
            OwnedForeignKey(field="location", name="stock_holding_location"),
            OwnedForeignKey(field="lot", shared=("product",), name="stock_holding_lot"),
            UniqueConstraint(
                fields=["owner", "product", "location", "lot"], nulls_distinct=False, name="stock_holding_place"
            ),
            CheckConstraint(condition=HAS_PLACE, name="stock_holding_has_place"),
            quantity_range("quantity", least=1, table="stock_holding"),
        ]
        indexes = [
            Index(fields=["owner", "location"], condition=Q(location__isnull=False), name="stock_holding_by_location"),
            Index(fields=["owner", "lot"], condition=Q(lot__isnull=False), name="stock_holding_by_lot"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} of {self.product_id}"


class Portion(LedgerRow):
    """The part of a movement that went into one holding or came out of it. A trigger refuses every change."""

    owner = OwnerKey(db_constraint=False)  # implied by `movement`
    movement = OwnedKey(Movement, on_delete=models.PROTECT, related_name="placed")
    product = OwnedKey(Product, on_delete=models.PROTECT, related_name="+")
    location = OwnedKey(Location, on_delete=models.PROTECT, null=True, related_name="portions")
    lot = OwnedKey(Lot, on_delete=models.PROTECT, null=True, related_name="portions")
    quantity = models.BigIntegerField()

    objects = LedgerQuerySet.as_manager()

    class Meta(LedgerRow.Meta):
        constraints = [
            *LedgerRow.Meta.constraints,
            OwnedForeignKey(field="movement", name="stock_portion_movement"),
            OwnedForeignKey(field="product", name="stock_portion_product"),
            OwnedForeignKey(field="location", name="stock_portion_location"),
            OwnedForeignKey(field="lot", shared=("product",), name="stock_portion_lot"),
            UniqueConstraint(
                fields=["owner", "movement", "location", "lot"], nulls_distinct=False, name="stock_portion_place"
            ),
            CheckConstraint(condition=HAS_PLACE, name="stock_portion_has_place"),
            quantity_range("quantity", least=1, table="stock_portion"),
        ]
        indexes = [Index(fields=["owner", "lot", "id"], condition=Q(lot__isnull=False), name="stock_portion_by_lot")]

    def __str__(self) -> str:
        return f"{self.quantity} of movement {self.movement_id}"
