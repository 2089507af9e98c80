"""What other apps add to what a till knows without a network."""

from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping

from rest_framework.serializers import Field

from core.hooks import Registry
from users.models import User


class CatalogueHook(ABC):
    """Adds fields to the catalogue. Nothing is locked, and nothing is raised."""

    @abstractmethod
    def make_fields(self) -> Mapping[str, Field]:
        """Return new fields of the response by name. The schema has them, too."""

    @abstractmethod
    def read_page(self, user: User, after: int, end: int | None, groups: Collection[int]) -> Mapping[str, object]:
        """Return the values of these fields, of goods with ids above `after`, up to the end, which None leaves open.

        `groups` are the price groups that the till asks for, by id. A page is read by a fixed number of statements.
        """


CATALOGUES = Registry(CatalogueHook)
