"""What other apps do with the keys of requests."""

from abc import ABC, abstractmethod
from typing import Any

from core.hooks import Registry


class KeyHook(ABC):
    """Takes part when the key of a request is inserted."""

    @abstractmethod
    def before_insert(self, user: Any, key: str) -> None:
        """Prepare that the request of the user is executed under this key, or that its response is repeated.

        It is called first in the transaction of the request: nothing is locked. A DomainError refuses the request.
        """


KEYS = Registry(KeyHook)
