"""The logs of movements for PreparedRows. Their only parameters are ids, and they do not depend on a user."""

from django.db.models import QuerySet

from stock.models import Movement


def select_movements(owner: int) -> QuerySet[Movement]:
    """Return the movements of an account."""
    return Movement.objects.detailed().placed(owner).filter(owner_id=owner)


def select_item_changes(owner: int) -> QuerySet[Movement]:
    """Return the movements of an account that change a quantity. Those of transfers do not."""
    return Movement.objects.detailed().without_transfers(owner).filter(owner_id=owner)


def select_product_movements(owner: int, product: int) -> QuerySet[Movement]:
    """Return the movements of an account's product."""
    return select_movements(owner).filter(product_id=product)
