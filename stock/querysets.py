"""How the ledger is read."""

from typing import Any, NoReturn, Self

from django.db.models import OuterRef, Subquery

from core.ownership import OwnedQuerySet


class LedgerQuerySet(OwnedQuerySet):
    """Rows that are written once: no update and no delete, here as in the database."""

    def update(self, **kwargs: Any) -> NoReturn:
        raise TypeError("The ledger is immutable: book a reversal instead.")

    def delete(self) -> NoReturn:
        raise TypeError("The ledger is immutable: book a reversal instead.")


class OperationQuerySet(LedgerQuerySet):
    def detailed(self) -> Self:
        """With the operation that reversed it, if any."""
        operations: Any = self.model._default_manager
        reversal = operations.filter(owner_id=OuterRef("owner_id"), reverses_id=OuterRef("id"))
        return self.annotate(reversed_by=Subquery(reversal.values("id")[:1]))


class MovementQuerySet(LedgerQuerySet):
    def detailed(self) -> Self:
        """With the operation, which says who, when and why."""
        return self.select_related("operation")
