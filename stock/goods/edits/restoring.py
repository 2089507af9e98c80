"""Bring many archived products back at once."""

from collections.abc import Collection
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from core.database.conditions import any_of
from core.errors import DomainError
from products.attributes.models import Profile
from products.codes.models import Code
from products.codes.services import NewCode, confirm_gtins, find_taken
from products.errors import CodeTaken
from products.models import Product
from records.events.models import Event, EventType
from records.events.services import record_changed_levels
from records.history.models import recorded
from stock.goods.services import restore_product
from users.models import User


def restore_products(by: User, products: Collection[Product]) -> list[int]:
    """Bring these locked products back. Return the ids of those that stay archived, because their codes are taken.

    This executes the same number of statements for any number of products, unless a code or an option is taken.
    """
    if not products:
        return []
    try:
        with transaction.atomic():
            restore_together(by.account_id, products)
    except (CodeTaken, IntegrityError):
        return [product.pk for product in products if not is_restored(by, product)]
    return []


def is_restored(by: User, product: Product) -> bool:
    """Bring the product back, and return whether nothing of it is taken."""
    try:
        with transaction.atomic():
            restore_product(by=by, product_id=product.pk)
    except DomainError:
        return False
    return True


def restore_together(owner_id: Any, products: Collection[Product]) -> None:
    """Bring all products back. Raise CodeTaken or IntegrityError if a code or an option of one of them is taken."""
    ids = [product.pk for product in products]
    further = Code.objects.filter(any_of("product_id", ids), owner_id=owner_id)
    codes = [NewCode(code, "codes", pk) for code, pk in further.values_list("code", "product_id")]
    for name in ("barcode", "sku"):
        codes += [NewCode(code, name, product.pk) for product in products if (code := getattr(product, name))]
    for taken in find_taken(owner_id, codes):
        raise CodeTaken(field=taken.field, product=taken.other_id, other=taken.other_name)
    with recorded(Product, owner_id, ids, is_locked=True):
        rows = Product.objects.filter(any_of("id", ids), owner_id=owner_id)
        rows.update(archived_at=None, updated_at=timezone.now())
        further.update(is_live=True)
        Profile.objects.filter(any_of("product_id", ids), owner_id=owner_id).update(is_live=True)
    Event.objects.record_products(owner_id=owner_id, event_type=EventType.PRODUCT_RESTORED, products=ids)
    record_changed_levels(owner_id, dict.fromkeys(ids, False))
    confirm_gtins(owner_id, codes)
