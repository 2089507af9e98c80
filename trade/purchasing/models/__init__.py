"""The tables of orders to suppliers, and of price lists."""

from trade.purchasing.models.orders import (
    IS_UNMAILED,
    MAX_MAIL_ERROR_LENGTH,
    OFFERED,
    SAID,
    Order,
    OrderLine,
    OrderState,
    Receipt,
    follow_supplier,
)
from trade.purchasing.price_lists.models import PriceList, PriceListChange

__all__ = [
    "IS_UNMAILED", "MAX_MAIL_ERROR_LENGTH", "OFFERED", "SAID", "Order", "OrderLine", "OrderState", "PriceList",
    "PriceListChange", "Receipt", "follow_supplier",
]  # fmt: skip
