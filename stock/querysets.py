"""Querysets of operations and movements. They refuse updates and deletes."""

from typing import Any, NoReturn, Self

from django.db.models import Case, CharField, F, Field, SmallIntegerField, When
from django.db.models.expressions import RawSQL

from core.ownership import OwnedQuerySet
from stock.sql import OF_PRODUCT, PORTIONS, SKU_THEN

# The columns of the product that a movement shows, and their types. The SKU is the one at the time of the booking.
PRODUCT_COLUMNS: dict[str, Field] = {
    "sku": CharField(), "external_id": CharField(), "decimals": SmallIntegerField(),
}  # fmt: skip
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

    def without_transfers(self) -> Self:
        """Return the movements that change a quantity. The two movements of a transfer cancel each other."""
        # The value is not a parameter: PreparedRows accepts only numbers as parameters.
        transfer = RawSQL("'transfer'", (), CharField())
        return self.exclude(operation__reason=transfer)

    def placed(self, owner_id: int | None) -> Self:
        """Annotate each movement of this account with its portions as a response shows them, or with None.

        Annotate it with the PRODUCT_COLUMNS as well.
        """
        statements = {name: OF_PRODUCT.format(column=name, owner="%s") for name in PRODUCT_COLUMNS}
        statements["sku"] = SKU_THEN.format(movement="stock_movement", sku=statements["sku"], owner="%s")
        statements["portions"] = PORTIONS.format(movement="stock_movement", owner="%s")
        fields = {**PRODUCT_COLUMNS, "portions": Field()}
        return self.annotate(
            **{
                name: RawSQL(statement, [owner_id] * statement.count("%s"), fields[name])  # noqa: S611, constants
                for name, statement in statements.items()
            }
        )
