"""Where stock lies: locations, lots, what they hold, the portions of movements, and counts."""

from typing import Any

from django.db import models
from django.db.models import Index, Q, UniqueConstraint
from django.db.models.functions import Lower

from core.archiving import ArchivableQuerySet
from core.database.constraints import OwnedForeignKey, checks
from core.fields import MAX_QUANTITY
from core.model_fields import CodeColumn, unique_name
from core.ownership import OwnedKey, OwnedModel, OwnedQuerySet, OwnerKey, UserKey
from core.translation import gettext_noop
from products.models import Product, quantity_range
from records.history.models import RecordedModel
from stock.models.ledger import MAX_NOTE_LENGTH, LedgerRow, Movement, Operation
from stock.models.querysets import CountQuerySet, LedgerQuerySet, LotQuerySet

MAX_NAME_LENGTH = 255
MAX_CODE_LENGTH = 64


class Location(RecordedModel, OwnedModel):
    """A place where stock lies: a shelf, a cellar, a van. An archived location holds nothing."""

    filters_by_name = True
    further_filters = ("from",)

    name = models.CharField(max_length=MAX_NAME_LENGTH)
    note = models.TextField(blank=True, max_length=MAX_NOTE_LENGTH)
    archived_at = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField("added", auto_now_add=True)
    refill_from_id: Any = None  # the app that has levels sets it

    objects = ArchivableQuerySet.as_manager()

    class Meta:
        constraints = [unique_name(gettext_noop("You have a location with this name already."))]

    def __str__(self) -> str:
        return self.name


class Lot(RecordedModel, OwnedModel):
    """A batch of a product, with the date on which it expires. A serial number is a lot of one piece."""

    product = OwnedKey(Product, related_name="lots")
    code = CodeColumn(max_length=MAX_CODE_LENGTH)
    expires_on = models.DateField("expires", null=True, blank=True)
    created_at = models.DateTimeField("added", auto_now_add=True)

    objects = LotQuerySet.as_manager()
    named_by = "code"
    untracked = frozenset({"product"})  # a lot stays with its product

    class Meta:
        constraints = [
            # The foreign keys of holdings and portions refer to a lot together with its product, which requires this
            # constraint.
            UniqueConstraint(fields=["owner", "product", "id"], name="stock_lot_of_product"),
            UniqueConstraint(
                "owner",
                "product",
                Lower("code"),
                name="stock_lot_code",
                violation_error_message=gettext_noop("This product has a lot with this code already."),
            ),
            *checks(code_not_empty=~Q(code="")),
        ]
        indexes = [
            Index(
                fields=["owner", "expires_on", "id"], condition=Q(expires_on__isnull=False), name="stock_lot_by_expiry"
            ),
        ]

    def __str__(self) -> str:
        return self.code


HAS_PLACE = Q(location__isnull=False) | Q(lot__isnull=False)


class Holding(OwnedModel):
    """A quantity of a product at a location, in a lot, or both.

    Only stock/booking/ writes it, while the product is locked. An emptied holding is deleted: otherwise reading the
    holdings of a product would become slower with each lot that was sold out. `Product.held` is the sum of the
    product's holdings.
    """

    owner = OwnerKey(db_constraint=False)  # implied by `product`
    product = OwnedKey(Product, related_name="holdings")
    location = OwnedKey(Location, null=True, related_name="holdings")
    lot = OwnedKey(Lot, null=True, related_name="holdings")
    quantity = models.BigIntegerField()

    objects = OwnedQuerySet.as_manager()

    class Meta:
        constraints = [
            OwnedForeignKey("lot", shared=("product",)),
            UniqueConstraint(
                fields=["owner", "product", "location", "lot"], nulls_distinct=False, name="stock_holding_place"
            ),
            *checks(has_place=HAS_PLACE),
            quantity_range("quantity", least=1),
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
    movement = OwnedKey(Movement, related_name="placed")
    product = OwnedKey(Product)
    location = OwnedKey(Location, null=True, related_name="portions")
    lot = OwnedKey(Lot, null=True, related_name="portions")
    quantity = models.BigIntegerField()

    objects = LedgerQuerySet.as_manager()

    class Meta:
        constraints = [
            OwnedForeignKey("lot", shared=("product",)),
            UniqueConstraint(
                fields=["owner", "movement", "location", "lot"], nulls_distinct=False, name="stock_portion_place"
            ),
            *checks(has_place=HAS_PLACE),
            quantity_range("quantity", least=1),
        ]
        indexes = [Index(fields=["owner", "lot", "id"], condition=Q(lot__isnull=False), name="stock_portion_by_lot")]

    def __str__(self) -> str:
        return f"{self.quantity} of movement {self.movement_id}"


class StockCount(LedgerRow):
    """A counted line. A trigger refuses every change.

    It is of a location, a lot or both, of the stock that has neither (`nowhere`), or of the whole product.

    `expected` is what was in stock at `counted_at`, according to the ledger when the count arrived. A count that is
    `outdated` arrived after a later count of the same goods, and has changed nothing.
    """

    owner = OwnerKey(db_constraint=False)  # implied by `product`
    product = OwnedKey(Product)
    location = OwnedKey(Location, null=True)
    lot = OwnedKey(Lot, null=True)
    nowhere = models.BooleanField(default=False, db_default=False)
    counted = models.BigIntegerField()
    expected = models.BigIntegerField()
    outdated = models.BooleanField()
    counted_at = models.DateTimeField()
    counted_by = UserKey()
    operation = OwnedKey(
        Operation,
        null=True,
        help_text="The operation that booked the differences of this line and of those sent with it.",
    )
    created_at = models.DateTimeField()

    objects = CountQuerySet.as_manager()
    sealed_with = "operation"

    class Meta:
        verbose_name = "count"
        constraints = [
            OwnedForeignKey("lot", shared=("product",)),
            *checks(counted=Q(counted__range=(0, MAX_QUANTITY)), nowhere=Q(nowhere=False) | Q(location=None, lot=None)),
        ]
        indexes = [
            Index(fields=["owner", "product", "counted_at"], name="stock_stockcount_by_product"),
            Index(fields=["owner", "counted_at"], name="stock_stockcount_by_time"),
            Index(
                fields=["owner", "operation"],
                condition=Q(operation__isnull=False),
                name="stock_stockcount_by_operation",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.counted} of {self.product_id}"
