"""What other apps know of prices and sales, and do when goods come back or a sale is undone."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple, Protocol

from core.hooks import Registry
from core.pages.columns import Row
from stock.models import Operation, PriceSource
from users.models import User

Key = tuple[str, int | str]  # the kind of goods, and their id
AfterReturn = Callable[[Operation], object]  # gets the return


class Applied(NamedTuple):
    """The price of one that applies, and what makes it: the list price, a row or the percent of a group."""

    price: Decimal
    price_from: str = PriceSource.LIST.value


class SaleHook(ABC):
    """Takes part in what becomes of a sale."""

    @abstractmethod
    def before_return(self, by: User, sale: Operation) -> AfterReturn | None:
        """Prepare that something comes back of the sale, or of a delivery, in the transaction of the return.

        The products are locked, and nothing is checked or written yet. A DomainError refuses the return. What this
        returns is called at the end of the transaction, when the return, its lines and its payments are written.
        """

    @abstractmethod
    def before_undo(self, owner_id: int, operation_id: int) -> None:
        """Prepare that a sale or a return is undone, or done again. The id is that of the sale or the return itself.

        The products are locked, and nothing of the reversal is written yet. A DomainError refuses it.
        """


class Paper(Protocol):
    """What was issued of a sale, with its number as it is printed."""

    @property
    def pk(self) -> int: ...

    @property
    def name(self) -> str | None: ...


class PaperHook(ABC):
    """Knows what was issued of sales. Pages, responses and statements read this without a lock; nothing is raised."""

    @abstractmethod
    def find_papers(self, owner_id: int, sales: Collection[int]) -> Mapping[int, Paper]:
        """Return the papers of these sales, by the ids of the sales. At most one statement is executed."""

    @abstractmethod
    def link_to_issue(self, user: User, sale: Row) -> str:
        """Return the address of the page that issues the paper of a sale, which is as a response has it, or nothing."""

    @abstractmethod
    def read_overdue(self, user: User, since: date) -> tuple[int, Decimal]:
        """Return how many papers should have been paid from this day to yesterday, and what is left to pay of them."""

    @abstractmethod
    def select_papers(self) -> str:
        """Return a SELECT for the account `%(owner)s`: operation_id, id, due_on, and the number as it is printed.

        It has the papers of sales, and those of returns.
        """


class PriceBook(Protocol):
    """What decides the prices of some goods for a customer, at one time."""

    def find(self, key: Key, quantity: int, listed: Decimal, at: datetime | None) -> Applied:
        """Return the price that applies to this quantity of the goods, which have this list price."""

    def list_since(
        self, key: Key, quantity: int, listed: Iterable[Decimal], since: datetime | None
    ) -> Iterator[Decimal]:
        """Yield the prices that apply now and those that did since a time, if given, at each of these list prices."""

    def keep(self, owner_id: int, made_by: Mapping[int, str]) -> None:
        """Keep what made the prices of these movements, in the transaction of their sale, which has locked products."""


class PriceHook(ABC):
    """Knows prices besides the list price. It is asked for shops with `has_prices` alone; nothing is raised."""

    @abstractmethod
    def read_book(self, by: User, customer: int | None, keys: Collection[Key], at: datetime | None) -> PriceBook:
        """Return what decides the prices of these goods for the customer at a time, or now. Execute one statement.

        A sale calls this once for all its lines, when their products are locked; orders, quotes and pages also without
        locks.
        """

    @abstractmethod
    def read_for_forms(self, user: User, keys: Collection[Key], customer: int | None) -> Mapping[str, object]:
        """Return what the script of a form that sells needs to find the prices of these goods for the customer."""


class MadeHook(ABC):
    """Knows what can be done with what a making has made."""

    @abstractmethod
    def link_to_labels(self, operation: Row) -> str:
        """Return the address of a page of labels, or nothing. The page of the operation calls this for each reader."""


SALES = Registry(SaleHook)
PRICES = Registry(PriceHook)
PAPERS = Registry(PaperHook)
MADE = Registry(MadeHook)


def prepare_undo(owner_id: int, operation_id: int) -> None:
    """Call SaleHook.before_undo() of each app."""
    for hook in SALES:
        hook.before_undo(owner_id, operation_id)


def find_papers(owner_id: int, sales: Collection[int]) -> dict[int, Paper]:
    """Return what was issued of these sales, by the ids of the sales."""
    return {sale: paper for hook in PAPERS for sale, paper in hook.find_papers(owner_id, sales).items()}
