"""Whether the pages offer closings to a shop."""

from typing import Any

from stock.models import Payment
from trade.closings.models import Cash, Closing
from users.models import AUTO, OFF


def are_closings_offered(user: Any) -> bool:
    """Return whether the shop has switched payments on or, if it has not chosen, has a payment, a closing or cash."""
    owner = user.shop_owner
    if owner is None:
        return False
    if owner.uses_payments != AUTO:
        return str(owner.uses_payments) != OFF
    return any(model.objects.filter(owner_id=owner.pk).exists() for model in (Payment, Closing, Cash))
