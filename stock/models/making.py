"""Recipes: what one product is made of. And what operations have made or taken apart."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.db import models
from django.db.models import Index, Q, UniqueConstraint

from core.database.constraints import checks
from core.ownership import OwnedKey, OwnedModel, OwnedQuerySet, OwnerKey
from products.models import Product, quantity_range
from stock.models.ledger import LedgerRow, Operation, note_column
from stock.models.querysets import LedgerQuerySet

MAX_PARTS = 50  # the most products of which other goods are made


class Recipe(OwnedModel):
    """What a product is made of: `makes` of it need the parts. The history of the product has its changes."""

    product = OwnedKey(Product)
    makes = models.BigIntegerField(help_text="How much of the product the parts make, in base units.")
    note = note_column()
    updated_at = models.DateTimeField("changed", auto_now=True)

    objects = OwnedQuerySet.as_manager()

    # stock.reading.parts.attach_parts() sets these attributes.
    parts: Sequence[Any]
    can_make: int | None
    cost: Decimal | None

    class Meta:
        constraints = [
            UniqueConstraint(fields=["owner", "product"], name="stock_recipe_once"),
            quantity_range("makes", least=1),
        ]

    def __str__(self) -> str:
        return f"recipe of product {self.product_id}"


class RecipePart(OwnedModel):
    """A product that a recipe needs, and how much of it. A change of the recipe replaces these rows."""

    recipe = OwnedKey(Recipe)
    product = OwnedKey(Product)
    quantity = models.BigIntegerField()

    objects = OwnedQuerySet.as_manager()

    class Meta:
        verbose_name = "part of a recipe"
        verbose_name_plural = "parts of recipes"
        constraints = [
            UniqueConstraint(fields=["owner", "recipe", "product"], name="stock_recipepart_once"),
            quantity_range("quantity", least=1),
        ]
        indexes = [Index(fields=["owner", "product"], name="stock_recipepart_by_product")]

    def __str__(self) -> str:
        return f"{self.quantity} of product {self.product_id}"


class MakingRole(models.TextChoices):
    MADE = "made"
    APART = "apart"
    EXPECTED = "expected"


class Making(LedgerRow):
    """What an operation has made or taken apart. A trigger refuses every change.

    If the request said what was used, further rows have what the recipe expected of each part.
    """

    owner = OwnerKey(db_constraint=False)  # implied by `operation`
    operation = OwnedKey(Operation)
    product = OwnedKey(Product)
    role = models.CharField(max_length=8, choices=MakingRole)
    quantity = models.BigIntegerField()

    objects = LedgerQuerySet.as_manager()
    sealed_with = "operation"

    class Meta:
        constraints = [
            UniqueConstraint(fields=["owner", "operation", "product"], name="stock_making_once"),
            *checks(role=Q(role__in=MakingRole.values)),
            quantity_range("quantity", least=1),
        ]

    def __str__(self) -> str:
        return f"{self.role}: {self.quantity} of product {self.product_id}"


def describe_made(rows: Sequence[Making]) -> dict[str, Any]:
    """Return what responses show of the rows of a making, the first of which is the product itself."""
    made, *expected = rows
    return {
        "product": made.product_id,
        "quantity": made.quantity,
        "take_apart": made.role == MakingRole.APART,
        "expected": [{"product": row.product_id, "quantity": row.quantity} for row in expected] or None,
    }
