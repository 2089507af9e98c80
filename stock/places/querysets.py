"""The queries that read locations and lots."""

from typing import Self

from django.db.models import BigIntegerField, Value
from django.db.models.functions import Coalesce

from core.ownership import OwnedQuerySet
from products.querysets import BOOLEAN, as_boolean, make_expression
from stock.places.states import is_expired
from users.models import User

# Parts of the statements that read lots.
LOT_QUANTITY = """(
    SELECT coalesce(sum(holding.quantity), 0)::bigint FROM stock_holding AS holding
    WHERE holding.owner_id = {owner} AND holding.lot_id = stock_lot.id
)"""
LOT_IS_IN_STOCK = """EXISTS (
    SELECT FROM stock_holding AS holding
    WHERE holding.owner_id = {owner} AND holding.lot_id = stock_lot.id
)"""


class LotQuerySet(OwnedQuerySet):
    def in_stock(self, user: User, is_in_stock: bool = True) -> Self:
        """Return the lots of the user's account of which there is something, or those of which there is nothing."""
        condition = make_expression(LOT_IS_IN_STOCK, BOOLEAN, user)
        return self.filter(condition) if is_in_stock else self.exclude(condition)

    def detailed(self, user: User) -> Self:
        """Return lots of the user's account with what a response shows: product, quantity, and whether it has expired.

        It is one statement.
        """
        return self.select_related("product").annotate(
            quantity=make_expression(LOT_QUANTITY, BigIntegerField(), user),
            is_expired=Coalesce(as_boolean(is_expired(user.shop_today())), Value(False)),
        )
