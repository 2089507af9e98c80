"""Locations, where stock lies, and lots, the batches of a product. Their holdings are in models/holdings.py."""

from django.db import models
from django.db.models import CheckConstraint, Index, Q, UniqueConstraint
from django.db.models.functions import Lower

from core.archiving import ArchivableQuerySet
from core.codes import CodeColumn
from core.database.constraints import OwnedForeignKey
from core.ownership import OwnedKey, OwnedModel
from core.translation import gettext_noop
from products.models import Product
from records.history.models import RecordedModel
from stock.models.ledger import MAX_NOTE_LENGTH
from stock.places.querysets import LotQuerySet

MAX_NAME_LENGTH = 255
MAX_CODE_LENGTH = 64


class Location(RecordedModel, OwnedModel):
    """A place where stock lies: a shelf, a cellar, a van. An archived location holds nothing."""

    name = models.CharField(max_length=MAX_NAME_LENGTH)
    note = models.TextField(blank=True, max_length=MAX_NOTE_LENGTH)
    archived_at = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField("added", auto_now_add=True)

    objects = ArchivableQuerySet.as_manager()

    class Meta(OwnedModel.Meta):
        constraints = [
            *OwnedModel.Meta.constraints,
            UniqueConstraint(
                "owner", Lower("name"), condition=Q(archived_at=None), name="stock_location_name",
                violation_error_message=gettext_noop("You have a location with this name already."),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.name


class Lot(RecordedModel, OwnedModel):
    """A batch of a product, with the date on which it expires. A serial number is a lot of one piece."""

    product = OwnedKey(Product, on_delete=models.PROTECT, related_name="lots")
    code = CodeColumn(max_length=MAX_CODE_LENGTH)
    expires_on = models.DateField("expires", null=True, blank=True)
    created_at = models.DateTimeField("added", auto_now_add=True)

    objects = LotQuerySet.as_manager()
    named_by = "code"
    untracked = frozenset({"product"})  # a lot stays with its product

    class Meta(OwnedModel.Meta):
        constraints = [
            *OwnedModel.Meta.constraints,
            OwnedForeignKey(field="product", name="stock_lot_product"),
            # The foreign keys of holdings and portions refer to a lot together with its product, which requires this
            # constraint.
            UniqueConstraint(fields=["owner", "product", "id"], name="stock_lot_of_product"),
            UniqueConstraint(
                "owner", "product", Lower("code"), name="stock_lot_code",
                violation_error_message=gettext_noop("This product has a lot with this code already."),
            ),
            CheckConstraint(condition=~Q(code=""), name="stock_lot_code_not_empty"),
        ]  # fmt: skip
        indexes = [
            Index(
                fields=["owner", "expires_on", "id"], condition=Q(expires_on__isnull=False), name="stock_lot_by_expiry"
            ),
        ]

    def __str__(self) -> str:
        return self.code
