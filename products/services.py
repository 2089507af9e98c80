"""Services for categories and for archiving. stock/booking/product_services.py writes products and their stock."""

from collections.abc import Callable

from django.db import IntegrityError, transaction
from django.db.models import Value
from django.db.models.functions import Lower

from core.archiving import mark_archived
from core.database.conditions import any_of
from core.database.constraints import find_constraint, find_field
from core.database.transactions import atomic
from core.ownership import accept
from products.codes import find_taken, list_all_codes
from products.errors import CodeTaken
from products.models import Category, Code, Product
from products.querysets import ProductQuerySet
from records.events.models import Event, EventType
from records.history.models import recorded
from users.models import User


def select_products(by: User, products: ProductQuerySet | None) -> ProductQuerySet:
    """Return the products of the user's account: those of the given queryset, or all with their further codes.

    A view gives the queryset with the fields of its response, so that the service reads these under its locks.
    """
    selected: ProductQuerySet = Product.objects.with_codes(by) if products is None else products
    return selected.for_user(by)


def find_or_create_category(*, owner_id: int, name: str) -> Category:
    """Return the account's category of this name, ignoring case. Create it if there is none.

    The transaction must share the account's CATALOGUE lock, so that nobody archives the category, and must not have
    locked a product yet: see docs/decisions/0016-the-order-of-locks.md. Only an account that no other transaction can
    change needs no lock.
    """
    category, _ = Category.objects.get_or_create(
        owner_id=owner_id, archived_at=None, name__lower=Lower(Value(name)), defaults={"name": name}
    )
    return category


@atomic
def archive_product(
    *, by: User, product_id: int, products: ProductQuerySet | None = None, check: Callable[[Product], None] = accept
) -> None:
    """Remove the product from lists and sums, but keep its history and its stock. Raise Product.DoesNotExist.

    `products` is as in select_products(). `check` gets the locked product before any change, and refuses the change by
    an exception.
    """
    product = select_products(by, products).live().get_locked(product_id)
    check(product)
    archive_products(product.owner_id, [product_id])


def archive_products(owner_id: int, ids: list[int]) -> None:
    """Archive these products, which are locked. Other products may have their codes from now on."""
    with recorded(Product, owner_id, ids, is_locked=True):
        mark_archived(Product, owner_id, ids)
    Code.objects.filter(any_of("product_id", ids), owner_id=owner_id).update(is_live=False)
    Event.objects.record_products(owner_id=owner_id, event_type=EventType.PRODUCT_ARCHIVED, products=ids)


@atomic
def restore_product(*, by: User, product_id: int, products: ProductQuerySet | None = None) -> Product:
    """Bring an archived product back, and return it.

    `products` is as in select_products(). Raise Product.DoesNotExist, or CodeTaken if another product has taken its sku
    or barcode meanwhile.
    """
    product = Product.objects.for_user(by).get_locked(product_id)
    if product.archived_at is not None:
        product.archived_at = None
        save_restored_product(product)
        event = EventType.PRODUCT_RESTORED
        Event.objects.record_products(owner_id=product.owner_id, event_type=event, products=[product_id])
    shown: Product = select_products(by, products).get(pk=product_id)
    return shown


def save_restored_product(product: Product) -> None:
    """Save the restored product and its codes. Raise CodeTaken if one of its codes is in use."""
    for taken in find_taken(product.owner_id, list_all_codes(product)):
        raise CodeTaken(field="code" if taken.field == "codes" else taken.field)
    try:
        with transaction.atomic():
            product.save(update_fields=["archived_at", "updated_at"])
            if product.code_count:
                Code.objects.filter(owner_id=product.owner_id, product_id=product.pk).update(is_live=True)
    except IntegrityError as error:
        constraint = find_constraint(error)
        if constraint is None:
            raise
        raise CodeTaken(field=find_field(constraint)) from error
