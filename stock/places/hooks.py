"""What other apps know of locations: the fields that they keep beside them, and what is low there."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import NamedTuple

from core.further_fields import FurtherFields
from core.hooks import Registry
from users.models import User


class PlaceToRefill(NamedTuple):
    location: int
    name: str
    number: int  # how many products are low there


class RefillHook(ABC):
    """Knows what is low at places. The mail of a day, the start page and the dashboard read it."""

    @abstractmethod
    def list_places(self, user: User) -> Sequence[PlaceToRefill]:
        """Return the first places at which products are low, those with most of them first.

        No statement is executed if the shop uses no levels. Nothing is locked or raised.
        """


BESIDE_LOCATIONS = FurtherFields()
REFILLS = Registry(RefillHook)
