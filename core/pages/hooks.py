"""What other apps add to the pages of all lists."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any

from core.hooks import Registry


class ListHook(ABC):
    """Adds tabs above lists. Nothing is locked, and nothing is raised."""

    @abstractmethod
    def make_tabs(self, context: Mapping[str, Any]) -> Mapping[str, object]:
        """Return the variables of the template `saved/tabs.html`, or none for a page without such tabs.

        `context` is that of the page's template, with the `request`, the `view` and the `page`.
        """


LISTS = Registry(ListHook)
