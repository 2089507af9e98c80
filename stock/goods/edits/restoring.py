"""Bring many archived products back at once."""

from collections.abc import Collection

from django.db import IntegrityError, transaction

from core.errors import DomainError
from products.errors import CodeTaken
from products.models import Product
from stock.goods.services import restore_alone, restore_products


def restore_free(owner_id: int, products: Collection[Product]) -> list[int]:
    """Bring these locked products back. Return the ids of those that stay archived: a code or an option is taken.

    The number of statements does not depend on that of the products, unless something is taken.
    """
    if not products:
        return []
    try:
        with transaction.atomic():
            restore_products(owner_id, products)
    except (CodeTaken, IntegrityError):
        return [product.pk for product in products if not is_restored(product)]
    return []


def is_restored(product: Product) -> bool:
    """Bring the product back, and return whether nothing of it is taken."""
    try:
        with transaction.atomic():
            restore_alone(product)
    except DomainError:
        return False
    return True
