"""What other apps know of orders."""

from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping

from core.hooks import Registry


class OriginHook(ABC):
    """Knows from which quotes orders were made."""

    @abstractmethod
    def find_quotes(self, owner_id: int, orders: Collection[int]) -> Mapping[int, int]:
        """Return the ids of the quotes, by the ids of the orders.

        Responses read this for all their orders at once, by at most one statement. Nothing is locked or raised.
        """


ORIGINS = Registry(OriginHook)
