"""What the ledger asks other apps: what is reserved or counted, the till, what has made a price, seals."""

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Sequence

from core.hooks import Registry
from users.models import User


class TillHook(ABC):
    """Knows the tills. One app has them, and is always installed."""

    @abstractmethod
    def find_till(self, device: User) -> int | None:
        """Return the id of the till to which the device's API key belongs, or None.

        Each booking by an API key asks once. Nothing is locked by this, and nothing is raised.
        """


class ReservedHook(ABC):
    """Knows what is reserved. One app reserves, and is always installed."""

    @abstractmethod
    def read_reserved(self, owner_id: int, products: Sequence[int]) -> Iterable[tuple[int, int]]:
        """Return the ids of those of these products that are reserved, each with its reserved quantity.

        The products are locked, and stay so until the transaction ends. What is reserved must change under these locks
        alone, except for what expires. Read from the primary, by one statement.
        """


class SealHook(ABC):
    """Writes what has to be complete before it is sealed."""

    @abstractmethod
    def before_seal(self, owner_id: int, position: int) -> None:
        """Write what follows from the events up to this position of the feed, in the transaction of the seal.

        AccountLock.SEALS is held, and no product is locked. What is raised ends the transaction, so nothing is sealed.
        """


class PriceSourceHook(ABC):
    """Keeps what has made the prices of movements."""

    @abstractmethod
    def select_made_by(self) -> str:
        """Return SQL of a text: what has made the price of the row `movement` of the account `%(owner)s`, or NULL.

        The text is a value of PriceSource. The list price and a typed price need not be kept.
        """


class CountHook(ABC):
    """Knows what is being counted."""

    @abstractmethod
    def list_countable(self, user: User, products: Collection[int]) -> set[int]:
        """Return those of these products that a user may scan who may not read products.

        They are what the user's shop has asked to count. A scan of each such user calls this; nothing is locked or
        raised.
        """


RESERVED = Registry(ReservedHook)
TILLS = Registry(TillHook)
SEALS = Registry(SealHook)
COUNTS = Registry(CountHook)
PRICE_SOURCES = Registry(PriceSourceHook)
