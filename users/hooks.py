"""What other apps say of a shop and of its people."""

from abc import ABC, abstractmethod

from core.hooks import Registry


class ClosingHook(ABC):
    """Says what the shop loses that is closed. Pages read this without a lock; nothing is raised."""

    @abstractmethod
    def describe_loss(self) -> str:
        """Return what to do before the shop is closed, as the page says it that asks whether to close it."""

    def find_page(self) -> str:
        """Return the address of the page where this is done, or nothing."""
        return ""


CLOSINGS: Registry[ClosingHook] = Registry(ClosingHook)
