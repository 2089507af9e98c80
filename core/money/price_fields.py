"""The fields of prices in the bodies of requests and responses."""

from typing import Any

from core.fields import CostField, MoneyField
from core.money.amounts import MAX_PRICE

PRICE: dict[str, Any] = {"max_digits": 12, "decimal_places": 2, "min_value": 0, "max_value": MAX_PRICE}


class PriceField(MoneyField):
    """An amount of money with two places."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**PRICE, **kwargs)


class CostPriceField(CostField):
    """What one unit costs the shop: an amount of money with two places, null for workers."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**PRICE, **kwargs)
