"""What other apps do when many products are edited at once."""

from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from typing import Any, Generic, TypeVar

from rest_framework.serializers import Field

from core.hooks import Registry
from records.history.models import Recording
from users.models import User

Terms = TypeVar("Terms")


class FurtherPricesHook(ABC, Generic[Terms]):
    """Keeps prices of products besides the list price. Each has its own form, `Terms`."""

    @abstractmethod
    def make_field(self) -> Field:
        """Return the field of one price in the body of an edit, whose value are its terms."""

    @abstractmethod
    def list_shown(self, user: User, products: Collection[int]) -> Mapping[int, Sequence[Mapping[str, object]]]:
        """Return the present prices of these products as the field reads them. A page calls this without a lock."""

    @abstractmethod
    def list_terms(self, owner_id: int, products: Collection[int]) -> Mapping[int, Sequence[Terms]]:
        """Return the present prices, which are compared with those that the client expects. The products are locked."""

    @abstractmethod
    def scale(
        self, owner_id: int, prices: Mapping[int, tuple[Decimal, Decimal]], changes: Recording, currency: str
    ) -> None:
        """Change the prices in proportion to the old and the new list prices, in the transaction of the edit.

        The products are locked, and `changes` records for the history what is set in it as `prices`. Nothing is raised.
        """

    @abstractmethod
    def find_former(self, owner_id: int, pairs: Mapping[int, list[Any]]) -> Mapping[int, Sequence[Terms]]:
        """Return the prices before an edit of those locked products that still have the prices of the edit.

        `pairs` has what the history has recorded as `prices`: before the edit and after it.
        """

    @abstractmethod
    def restore(self, owner_id: int, rows: Mapping[int, Sequence[Terms]], changes: Recording) -> None:
        """Give the locked products these prices, in the transaction that undoes the edit. Nothing is raised."""


FURTHER_PRICES = Registry(FurtherPricesHook)
