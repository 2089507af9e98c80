"""Querysets of operations and movements. They refuse updates and deletes."""

from typing import Any, NoReturn, Self

from django.db.models import BooleanField, Case, CharField, F, Field, When
from django.db.models.expressions import RawSQL

from core.ownership import OwnedQuerySet
from stock.sql import OF_PRODUCT, PASSES, PORTIONS

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


class PaymentQuerySet(LedgerQuerySet):
    def detailed(self) -> Self:
        """Join each payment's performer, and annotate `reversed_by`: the id of the payment's reversal, or None."""
        return self.select_related("performer").annotate(reversed_by=F("reversals__id"))


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
