"""What can happen to a product apart from its stock."""

from django.db import IntegrityError, transaction
from django.db.models import Value
from django.db.models.functions import Lower
from django.utils import timezone

from core.errors import field_of, find_constraint
from products.errors import CodeTaken
from products.models import Category, Product


def find_or_create_category(*, owner_id: int, name: str) -> Category:
    """Return the account's category of this name, ignoring case; create it if there is none.

    Where others may change the account, call it in a transaction that shares the account's CATALOGUE lock, so that
    nobody deletes the category, and that has locked no product yet: see docs/decisions/0016-the-order-of-locks.md.
    """
    category, _ = Category.objects.get_or_create(
        owner_id=owner_id, name__lower=Lower(Value(name)), defaults={"name": name}
    )
    return category


def archive(product: Product) -> None:
    """Take the product off the shelf; its history and its stock stay."""
    product.archived_at = timezone.now()
    product.save(update_fields=["archived_at", "updated_at"])


def restore(product: Product) -> None:
    """Put an archived product back. Raises CodeTaken if its sku or barcode was given to another one meanwhile."""
    if product.archived_at is None:
        return
    product.archived_at = None
    try:
        with transaction.atomic():
            product.save(update_fields=["archived_at", "updated_at"])
    except IntegrityError as error:
        constraint = find_constraint(error)
        if constraint is None:
            raise
        raise CodeTaken(field=field_of(constraint)) from error
