"""What other apps know of sales, and do when goods come back or a sale is undone."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Mapping
from datetime import date
from decimal import Decimal
from typing import Protocol

from core.hooks import Registry
from core.pages.columns import Row
from stock.models import Operation
from users.models import User

AfterReturn = Callable[[Operation], object]  # gets the return


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


class MadeHook(ABC):
    """Knows what can be done with what a making has made."""

    @abstractmethod
    def link_to_labels(self, operation: Row) -> str:
        """Return the address of a page of labels, or nothing. The page of the operation calls this for each reader."""


SALES: Registry[SaleHook] = Registry(SaleHook)
PAPERS: Registry[PaperHook] = Registry(PaperHook)
MADE: Registry[MadeHook] = Registry(MadeHook)


def prepare_undo(owner_id: int, operation_id: int) -> None:
    """Call SaleHook.before_undo() of each app."""
    for hook in SALES:
        hook.before_undo(owner_id, operation_id)


def find_papers(owner_id: int, sales: Collection[int]) -> dict[int, Paper]:
    """Return what was issued of these sales, by the ids of the sales."""
    return {sale: paper for hook in PAPERS for sale, paper in hook.find_papers(owner_id, sales).items()}
