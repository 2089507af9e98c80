"""Look up where a place is refilled from: another place, or what lies at no place."""

from typing import Any

from django.utils.translation import gettext

from core.pages.look_ups import Choices, LookUp
from core.translation import gettext_noop
from stock.booking.drafts import NO_LOCATION
from stock.places.look_ups import LOCATIONS

NO_PLACE = gettext_noop("what lies at no place")


class SourceLookUp(LookUp):
    """Finds a location, or NO_LOCATION."""

    def is_gone(self, user: Any, text: str) -> bool:
        return text != NO_LOCATION and super().is_gone(user, text)

    def describe(self, user: Any, text: str) -> str:
        return gettext(NO_PLACE) if text == NO_LOCATION else super().describe(user, text)

    def list_choices(self, user: Any) -> Choices:
        rows = super().list_choices(user)
        return [(NO_LOCATION, gettext(NO_PLACE)), *rows] if rows else []

    def find(self, user: Any, text: str) -> Any:
        return NO_LOCATION if text in (NO_LOCATION, gettext(NO_PLACE)) else super().find(user, text)


SOURCES = SourceLookUp(LOCATIONS.noun, LOCATIONS.get_rows, LOCATIONS.page)
