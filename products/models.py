"""What a shop sells, and the categories it sorts it into."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from core.constraints import OwnedForeignKey
from core.fields import MAX_QUANTITY
from core.ownership import OwnedKey, OwnedModel, OwnedQuerySet, unlink
from products.querysets import LEDGER_FIELDS, ProductQuerySet
from suppliers.models import Supplier

MAX_PRICE = Decimal("9999999999.99")


class Category(OwnedModel):
    name = models.CharField(max_length=255)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = OwnedQuerySet.as_manager()

    class Meta(OwnedModel.Meta):
        verbose_name_plural = "categories"
        constraints = [
            *OwnedModel.Meta.constraints,
            models.UniqueConstraint(
                "owner", Lower("name"), name="products_category_name",
                violation_error_message="You have a category with this name already.",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.name


def unique_while_live(field: str) -> models.UniqueConstraint:
    """One product of an account at a time may carry this code; archived ones have let go of theirs."""
    return models.UniqueConstraint(
        "owner",
        Lower(field),
        condition=Q(archived_at=None) & ~Q(**{field: ""}),
        name=f"products_product_{field}",
        violation_error_message=f"You have a product with this {field} already.",
    )


def amount(field: str) -> models.CheckConstraint:
    inside = Q(**{f"{field}__gte": 0, f"{field}__lte": MAX_PRICE})
    return models.CheckConstraint(condition=inside, name=f"products_product_{field}")


def whole_units(field: str) -> models.CheckConstraint:
    inside = Q(**{f"{field}__gte": 0, f"{field}__lte": MAX_QUANTITY})
    return models.CheckConstraint(condition=inside, name=f"products_product_{field}")


class Product(OwnedModel):
    """One thing on the shelf. `quantity` and `stock_sequence` are the ledger's: stock.services alone writes them."""

    name = models.CharField(max_length=255)
    description = models.TextField(blank=True, max_length=10_000)
    sku = models.CharField("SKU", max_length=64, blank=True)
    barcode = models.CharField(max_length=64, blank=True)
    unit = models.CharField(max_length=32, blank=True)
    price = models.DecimalField(max_digits=12, decimal_places=2)
    cost_price = models.DecimalField(max_digits=12, decimal_places=2, null=True, blank=True)
    quantity = models.BigIntegerField(default=0, editable=False)
    stock_sequence = models.BigIntegerField(default=0, editable=False)
    min_threshold = models.BigIntegerField(default=5)
    expiration_date = models.DateField(null=True, blank=True)
    supplier = OwnedKey(Supplier, on_delete=unlink, null=True, blank=True, related_name="products")
    category = OwnedKey(Category, on_delete=unlink, null=True, blank=True, related_name="products")
    last_counted_at = models.DateTimeField(null=True, editable=False)
    archived_at = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = ProductQuerySet.as_manager()

    class Meta(OwnedModel.Meta):
        constraints = [
            *OwnedModel.Meta.constraints,
            unique_while_live("sku"),
            unique_while_live("barcode"),
            OwnedForeignKey(field="supplier", name="products_product_supplier"),
            OwnedForeignKey(field="category", name="products_product_category"),
            whole_units("quantity"),
            whole_units("min_threshold"),
            amount("price"),
            amount("cost_price"),
            models.CheckConstraint(condition=Q(stock_sequence__gte=0), name="products_product_stock_sequence"),
        ]
        indexes = [
            models.Index(fields=["owner", "supplier"], name="products_product_by_supplier"),
            models.Index(fields=["owner", "category"], name="products_product_by_category"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def quantity_in_stock(self) -> int:
        """The quantity under its other name."""
        return self.quantity

    def save(self, *, update_fields: Iterable[str] | None = None, **kwargs: Any) -> None:
        """Save a new product without stock, or named fields of an old one.

        Raises ValueError for anything that would write a quantity past the ledger: a whole row included.
        """
        if self._state.adding:
            if self.quantity or self.stock_sequence:
                raise ValueError("A product starts without stock: book it with stock.services.")
        elif update_fields is None or LEDGER_FIELDS.intersection(update_fields):
            raise ValueError("Name the fields to save; quantities are booked by stock.services.")
        super().save(update_fields=update_fields, **kwargs)
