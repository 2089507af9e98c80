"""Look up price groups by the names that people type or choose in forms, or by their ids."""

from core.pages.look_ups import LookUp
from trade.prices.models import PriceGroup

PRICE_GROUPS = LookUp("price group", lambda user: PriceGroup.objects.for_user(user).live(), page="price_group-list")
