"""The counts of products: what was counted, and what was expected then. stock.booking.counting writes them."""

from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, Index, Q

from core.database.constraints import OwnedForeignKey
from core.fields import MAX_QUANTITY
from core.ownership import OwnedKey, OwnerKey
from products.models import Product
from stock.models.ledger import LedgerRow, Operation
from stock.places.models import Location, Lot
from stock.querysets import CountQuerySet


class StockCount(LedgerRow):
    """A counted line. A trigger refuses every change.

    It is of a location, a lot or both, of the stock that has neither (`nowhere`), or of the whole product.

    `expected` is what was in stock at `counted_at`, according to the ledger when the count arrived. A count that is
    `outdated` arrived after a later count of the same goods, and has changed nothing.
    """

    owner = OwnerKey(db_constraint=False)  # implied by `product`
    product = OwnedKey(Product, on_delete=models.PROTECT, related_name="+")
    location = OwnedKey(Location, on_delete=models.PROTECT, null=True, related_name="+")
    lot = OwnedKey(Lot, on_delete=models.PROTECT, null=True, related_name="+")
    nowhere = models.BooleanField(default=False, db_default=False)
    counted = models.BigIntegerField()
    expected = models.BigIntegerField()
    outdated = models.BooleanField()
    counted_at = models.DateTimeField()
    counted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False)
    operation = OwnedKey(
        Operation, on_delete=models.PROTECT, null=True, related_name="+",
        help_text="The operation that booked the differences of this line and of those sent with it.",
    )  # fmt: skip
    created_at = models.DateTimeField()

    objects = CountQuerySet.as_manager()

    class Meta(LedgerRow.Meta):
        verbose_name = "count"
        constraints = [
            *LedgerRow.Meta.constraints,
            OwnedForeignKey(field="product", name="stock_stockcount_product"),
            OwnedForeignKey(field="location", name="stock_stockcount_location"),
            OwnedForeignKey(field="lot", shared=("product",), name="stock_stockcount_lot"),
            OwnedForeignKey(field="operation", name="stock_stockcount_operation"),
            CheckConstraint(condition=Q(counted__range=(0, MAX_QUANTITY)), name="stock_stockcount_counted"),
            CheckConstraint(condition=Q(nowhere=False) | Q(location=None, lot=None), name="stock_stockcount_nowhere"),
        ]
        indexes = [
            Index(fields=["owner", "product", "counted_at"], name="stock_stockcount_by_product"),
            Index(fields=["owner", "counted_at"], name="stock_stockcount_by_time"),
        ]

    def __str__(self) -> str:
        return f"{self.counted} of {self.product_id}"
