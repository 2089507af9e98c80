"""The pictures of products. A product's profile has the digest of its picture, so that no list reads the pictures."""

from django.db import models
from django.db.models import CheckConstraint, F, Func, Q, UniqueConstraint
from django.db.models.lookups import LessThanOrEqual

from core.database.constraints import OwnedForeignKey
from core.files.pictures import MAX_LARGE_BYTES, MAX_SMALL_BYTES
from core.ownership import OwnedKey, OwnedModel, OwnedQuerySet

MAX_PICTURES = 5000  # the limit of a shop


def at_most(field: str, max_bytes: int) -> CheckConstraint:
    """Return the constraint that a picture has no more bytes."""
    length = Func(F(field), function="octet_length", output_field=models.IntegerField())
    return CheckConstraint(condition=Q(LessThanOrEqual(length, max_bytes)), name=f"products_picture_{field}")


class Picture(OwnedModel):
    """The picture of a product, as JPEGs from core.files.pictures. products.pictures.services writes it."""

    product = OwnedKey("products.Product", related_name="+")
    large = models.BinaryField()
    small = models.BinaryField()
    digest = models.CharField(max_length=32)
    created_at = models.DateTimeField("added", auto_now_add=True)
    updated_at = models.DateTimeField("changed", auto_now=True)

    objects = OwnedQuerySet.as_manager()

    class Meta(OwnedModel.Meta):
        constraints = [
            *OwnedModel.Meta.constraints,
            OwnedForeignKey(field="product", name="products_picture_product"),
            UniqueConstraint(fields=["owner", "product"], name="products_picture_of_product"),
            at_most("large", MAX_LARGE_BYTES),
            at_most("small", MAX_SMALL_BYTES),
        ]

    def __str__(self) -> str:
        return str(self.product)
