"""The variants, own fields and tags of the demo shop."""

from typing import Any

from products.models import Product
from products.own_fields.models import CustomField, FieldType
from products.variants.models import Group
from stock.goods.services import change_product
from users.models import User

MAX_VARIANTS = 6
BREAKFAST, AXES = "Breakfast", ["garden", "pack"]  # its products are named after it and a value of each axis
POT, SIZES = "Clay pot", {"POT-CLAY-S": "0.4 l", "POT-CLAY-L": "0.9 l"}  # the size of each variant, by SKU
ORIGINS = {"TEA-ASSAM": "India", "TEA-SENCHA": "Japan", "TEA-GENMAI": "Japan"}
ORGANIC = {"TEA-MINT": True, "TEA-CAMO": True, "TEA-EARL": False}
TAGS = {"TEA-EARL": ["Bestseller"], "TEA-ASSAM": ["Bestseller"], "SAMOVAR": ["Shop window"]}


def describe_products(owner: User) -> None:
    """Make the clay pots variants of one group, some breakfast teas those of another, and fill own fields and tags."""
    pots = Group.objects.create(owner=owner, name=POT, axes=["size"])
    CustomField.objects.create(owner=owner, key="origin", label="Origin", type=FieldType.TEXT, position=1)
    CustomField.objects.create(owner=owner, key="organic", label="Organic", type=FieldType.YES_NO, position=2)
    for product in Product.objects.for_user(owner).filter(sku__in={*SIZES, *ORIGINS, *ORGANIC, *TAGS}).order_by("id"):
        given = {"origin": ORIGINS.get(product.sku), "organic": ORGANIC.get(product.sku)}
        variant: dict[str, Any] = (
            {"group": pots, "options": {"size": SIZES[product.sku]}} if product.sku in SIZES else {}
        )
        change_product(by=owner, product_id=product.pk, fields=given, tags=TAGS.get(product.sku, []), **variant)
    teas = Group.objects.create(owner=owner, name=BREAKFAST, axes=AXES)
    for product in (
        Product.objects.for_user(owner).filter(name__startswith=f"{BREAKFAST}, ").order_by("id")[:MAX_VARIANTS]
    ):
        options = dict(zip(AXES, product.name.split(", ")[1:], strict=True))
        change_product(by=owner, product_id=product.pk, group=teas, options=options)
