"""Kits: several products that are sold as one, and the kits that operations have sold."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import CheckConstraint, Index, Q, UniqueConstraint
from django.db.models.functions import Lower

from core.archiving import ArchivableQuerySet
from core.database.constraints import OwnedForeignKey
from core.model_fields import RECORDED_METADATA, CodeColumn, external_id_column, metadata_column, unique_external_id
from core.money.amounts import MAX_PRICE
from core.ownership import OwnedKey, OwnedModel, OwnedQuerySet, OwnerKey
from core.translation import gettext_noop
from products.models import MAX_CODE_LENGTH, MAX_VALUE, Product, amount_range, quantity_range
from records.history.models import ARCHIVED, Kind, RecordedModel, Tracked
from stock.models import Operation
from stock.models.ledger import LedgerRow
from stock.models.querysets import LedgerQuerySet

KIT = "kit"  # the name of the kind of goods
MAX_DESCRIPTION_LENGTH = 10_000
# The parts of `row` in the history: the name and the quantity of each product.
RECORDED_PARTS = """coalesce((
    SELECT jsonb_agg(jsonb_build_object('name', product.name, 'quantity', part.quantity) ORDER BY part.id)
    FROM kits_kitpart AS part
    JOIN products_product AS product ON product.owner_id = part.owner_id AND product.id = part.product_id
    WHERE part.owner_id = %(owner)s::bigint AND part.kit_id = row.id
), '[]')"""


def unique_code(field: str) -> UniqueConstraint:
    """Return the constraint that a code is unique among the live kits of an account, ignoring case."""
    return UniqueConstraint(
        "owner", Lower(field), condition=Q(archived_at=None) & ~Q(**{field: ""}), name=f"kits_kit_{field}",
        violation_error_message=gettext_noop("Another kit has this code."),
    )  # fmt: skip


class Kit(RecordedModel, OwnedModel):
    """Several products that are sold as one, such as a gift basket. A kit has no stock: its parts have.

    Without a price, it is sold for the sum of the prices of its parts. products.models.KitCode has its codes,
    too, so that no product gets them.
    """

    name = models.CharField(max_length=255)
    sku = CodeColumn("SKU", max_length=MAX_CODE_LENGTH, blank=True)
    barcode = CodeColumn(max_length=MAX_CODE_LENGTH, blank=True)
    external_id = external_id_column()
    price = models.DecimalField(max_digits=12, decimal_places=2, null=True, blank=True)
    description = models.TextField(blank=True, max_length=MAX_DESCRIPTION_LENGTH)
    metadata = metadata_column()
    archived_at = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField("added", auto_now_add=True)
    updated_at = models.DateTimeField("changed", auto_now=True)

    objects = ArchivableQuerySet.as_manager()
    tracked = (Tracked(Kind.KIT, beside=RECORDED_METADATA, saved="metadata", parts=RECORDED_PARTS, **ARCHIVED),)

    # trade.kits.reading.attach_parts() sets these attributes.
    shown: Sequence[Any]
    available: int | None
    list_price: Decimal
    cost: Decimal | None

    class Meta:
        constraints = [
            unique_code("sku"),
            unique_code("barcode"),
            unique_external_id("kits_kit", archived_at=None),
            CheckConstraint(condition=Q(price=None) | Q(price__range=(0, MAX_PRICE)), name="kits_kit_price"),
        ]
        indexes = [Index("owner", Lower("name"), "id", name="kits_kit_by_name")]

    def __str__(self) -> str:
        return self.name


class KitPart(OwnedModel):
    """A product of a kit, and how much of it one kit has. A change of the parts replaces these rows."""

    kit = OwnedKey(Kit)
    product = OwnedKey(Product)
    quantity = models.BigIntegerField()

    objects = OwnedQuerySet.as_manager()

    class Meta:
        verbose_name = "part of a kit"
        verbose_name_plural = "parts of kits"
        constraints = [
            OwnedForeignKey("kit"),
            OwnedForeignKey("product"),
            UniqueConstraint(fields=["owner", "kit", "product"], name="kits_kitpart_once"),
            quantity_range("quantity", least=1),
        ]
        indexes = [Index(fields=["owner", "product"], name="kits_kitpart_by_product")]

    def __str__(self) -> str:
        return f"{self.quantity} of {self.product_id}"


class AskedKits(models.Model):
    """What a sale or a reservation keeps of the kits of one of its lines, whatever becomes of the kit."""

    kind = KIT
    decimals, unit = 0, ""  # kits are whole
    KEPT = ("kit_id", "name", "sku", "quantity", "unit_price", "total")

    kit = OwnedKey(Kit)
    name = models.CharField(max_length=255)
    sku = models.CharField("SKU", max_length=MAX_CODE_LENGTH, blank=True)
    quantity = models.BigIntegerField()
    unit_price = models.DecimalField("price of one", max_digits=12, decimal_places=2)
    total = models.DecimalField("price of all", max_digits=22, decimal_places=2)

    class Meta:
        abstract = True
        constraints = [
            OwnedForeignKey("kit"),
            quantity_range("quantity", least=1),
            amount_range("unit_price", MAX_PRICE),
            amount_range("total", MAX_VALUE),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} of {self.name}"

    @property
    def goods_id(self) -> int:
        return self.kit_id

    @property
    def named(self) -> dict[str, int]:
        return {KIT: self.goods_id}

    def describe(self) -> dict[str, Any]:
        """Return what is kept, by the names of the fields."""
        return {name: getattr(self, name) for name in self.KEPT}


class SoldKit(AskedKits, LedgerRow):
    """Kits of one line of a sale, as they were sold. A trigger refuses every change.

    `movements` has the places in the operation, from 0, of the movements that took the parts out. Their totals add up
    to the price of the kits, less the discount of the sale.
    """

    owner = OwnerKey(db_constraint=False)  # implied by `operation`
    operation = OwnedKey(Operation)
    movements = ArrayField(models.SmallIntegerField())

    objects = LedgerQuerySet.as_manager()
    sealed_with = "operation"

    # attach_goods() in trade.selling.reading sets these attributes.
    parts: Sequence[Any] = ()  # the movements that took the parts out
    entry: int  # their place among the kits of the sale
    returned: int = 0  # how many whole kits came back
    price_from: str | None = None  # what made the price

    @property
    def places(self) -> list[int]:
        """Return the places of its movements, by the name that they have in a request."""
        return list(self.movements)

    class Meta(LedgerRow.Meta):
        verbose_name = "kit that was sold"
        verbose_name_plural = "kits that were sold"
        constraints = [
            OwnedForeignKey("operation"),
            *AskedKits.Meta.constraints,
        ]
        indexes = [
            Index(fields=["owner", "operation", "id"], name="kits_soldkit_by_operation"),
            Index(fields=["owner", "kit", "id"], name="kits_soldkit_by_kit"),
        ]
