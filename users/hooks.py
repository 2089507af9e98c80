"""What other apps say of a shop and of its people."""

from abc import ABC, abstractmethod

from rest_framework.serializers import Field

from core.hooks import Registry


class ClosingHook(ABC):
    """Says what is lost when a shop is closed. Pages read this without a lock; nothing is raised."""

    @abstractmethod
    def describe_loss(self) -> str:
        """Return what to do before the shop is closed, as the page says it that asks whether to close it."""

    def find_page(self) -> str:
        """Return the address of the page where this is done, or nothing."""
        return ""


class CurrencyHook(ABC):
    """Has rows whose amounts are in the currency of the shop for ever."""

    @abstractmethod
    def is_fixed(self, owner_id: int, *, lock: bool) -> bool:
        """Return whether the shop has such a row.

        With `lock`, it is called in a transaction, the highest app first, and takes the locks under which such rows are
        written: none is written until the transaction ends. Nothing is raised.
        """


class AccountField(ABC):
    """A setting of a shop whose values another app knows. It is in a column of the shop."""

    name: str

    @abstractmethod
    def make_field(self) -> Field:
        """Return the field of the body of `/api/account/`, in place of the one that is read only."""


ACCOUNT_FIELDS = Registry(AccountField)
CURRENCIES = Registry(CurrencyHook)
CLOSINGS = Registry(ClosingHook)
