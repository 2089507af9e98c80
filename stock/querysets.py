"""How the ledger is read."""

from typing import Any, NoReturn, Self

from inventory_api.ownership import OwnedQuerySet


class LedgerQuerySet(OwnedQuerySet):
    """Rows that are written once: no update and no delete, here as in the database."""

    def update(self, **kwargs: Any) -> NoReturn:
        raise TypeError("The ledger is immutable: book a reversal instead.")

    def delete(self) -> NoReturn:
        raise TypeError("The ledger is immutable: book a reversal instead.")


class MovementQuerySet(LedgerQuerySet):
    def detailed(self) -> Self:
        """With the operation, which says who, when and why."""
        return self.select_related("operation")
