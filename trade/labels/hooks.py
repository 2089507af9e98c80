"""What other apps know of scanned products."""

from abc import ABC, abstractmethod
from collections.abc import Collection

from core.hooks import Registry
from users.models import User


class CountHook(ABC):
    """Knows what is being counted."""

    @abstractmethod
    def list_countable(self, user: User, products: Collection[int]) -> set[int]:
        """Return those of these products that a user may scan who may not read products.

        They are what the user's shop has asked to count. A scan of each such user calls this; nothing is locked or
        raised.
        """


COUNTS = Registry(CountHook)
