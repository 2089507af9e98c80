"""Querysets of operations and movements, which refuse updates and deletes, and of lots, and when a lot has expired."""

from datetime import date
from typing import Any, NoReturn, Self

from django.db.models import BigIntegerField, BooleanField, Case, CharField, F, Field, Q, Value, When
from django.db.models.expressions import RawSQL
from django.db.models.functions import Coalesce

from core.ownership import OwnedQuerySet
from products.querysets import BOOLEAN, as_boolean, make_expression
from stock.models.sql import OF_PRODUCT, PASSES, PORTIONS
from users.models import User

IMMUTABLE = "The ledger is immutable: book a reversal instead."


class LedgerQuerySet(OwnedQuerySet):
    """Rows that are never changed: raises TypeError on update and delete. A trigger refuses them as well."""

    def update(self, **kwargs: Any) -> NoReturn:
        raise TypeError(IMMUTABLE)

    def delete(self) -> NoReturn:
        raise TypeError(IMMUTABLE)


class OperationQuerySet(LedgerQuerySet):
    def detailed(self) -> Self:
        """Join each operation's performer, and annotate `reversed_by`: the id of the operation's reversal, or None."""
        rows = self.select_related("performer")
        # A join is enough, because an operation has at most one reversal.
        return rows.annotate(reversed_by=F("reversals__id"))


class CountQuerySet(LedgerQuerySet):
    def detailed(self) -> Self:
        """Annotate each count with its booked `difference`, which is 0 for a count that is outdated."""
        return self.annotate(difference=Case(When(outdated=True, then=0), default=F("counted") - F("expected")))


class MovementQuerySet(LedgerQuerySet):
    def detailed(self) -> Self:
        """Join each movement's operation, which has the time and the reason, and the operation's performer."""
        return self.select_related("operation__performer")

    def without_transfers(self, owner_id: int | None) -> Self:
        """Return the movements of this account that change a quantity.

        The two movements of a transfer cancel each other, and so do those of a product without stock.
        """
        # The value is not a parameter: PreparedRows accepts only numbers as parameters.
        transfer = RawSQL("'transfer'", (), CharField())
        passes = RawSQL(PASSES.format(owner="%s"), [owner_id] * 2, BooleanField())  # noqa: S611, a constant
        return self.exclude(operation__reason=transfer).exclude(passes)

    def placed(self, owner_id: int | None) -> Self:
        """Annotate each movement of this account with its `portions`, or None, and its `shown_product`."""
        parts = {"portions": PORTIONS, "shown_product": OF_PRODUCT}
        statements = {name: part.format(movement="stock_movement", owner="%s") for name, part in parts.items()}
        return self.annotate(
            **{
                name: RawSQL(statement, [owner_id] * statement.count("%s"), Field())  # noqa: S611, constants
                for name, statement in statements.items()
            }
        )


LOT_HAS_EXPIRED = "lot.expires_on < %(today)s::date"  # NULL for a lot without a date


def has_expired(expires_on: date | str | None, today: date) -> bool:
    """Return whether the date is over. A serializer may have written it as a text."""
    return bool(expires_on) and str(expires_on) < today.isoformat()


def is_expired(today: date, field: str = "expires_on") -> Q:
    """Return the condition that the date in this field is over."""
    return Q(**{f"{field}__lt": today})


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
