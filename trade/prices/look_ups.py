"""Look up price groups by the names that people type or choose in forms, or by their ids."""

from typing import Any

from django.utils.translation import gettext

from core.kinds import parse_id
from core.pages.look_ups import LookUp
from trade.prices.models import PriceGroup


class PriceGroupLookUp(LookUp):
    """Finds a live price group. A customer can have an archived one, too."""

    def describe(self, user: Any, text: str) -> str:
        former = PriceGroup.objects.for_user(user).exclude(archived_at=None).filter(pk=parse_id(text) or 0).first()
        return f"{former.name} ({gettext('archived')})" if former else super().describe(user, text)


PRICE_GROUPS = PriceGroupLookUp(
    "price group", lambda user: PriceGroup.objects.for_user(user).live(), page="price_group-list"
)
