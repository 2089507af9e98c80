"""Locations and lots by the names that people type or choose in forms."""

from django.db.models import CharField, F, Q, QuerySet, Value
from django.db.models.functions import Concat, Lower

from core.pages.finding import Asked, select
from core.pages.look_ups import LookUp
from core.texts.folding import match_words
from core.translation import gettext_noop
from stock.models import Location, Lot
from users.models import User


class LocationLookUp(LookUp):
    """Finds locations for the forms of bookings.

    A number is tried as a name before it is tried as an id: shelves have numbers.
    """

    def describe(self, user: User, text: str) -> str:
        return self.find_name(user, text)

    def has_name(self, user: User, name: str) -> bool:
        return self.get_rows(user).filter(name__iexact=name).exists()


LOCATIONS = LookUp("place", lambda user: Location.objects.for_user(user).live(), page="location-list")
BOOKED_LOCATIONS = LocationLookUp(LOCATIONS.noun, LOCATIONS.get_rows, LOCATIONS.page)


def list_named_lots(user: User) -> QuerySet:
    """Return the lots of live products, each with a `name` such as "H26 (Kettle)".

    The codes of two products can be equal.
    """
    name = Concat("code", Value(" ("), "product__name", Value(")"), output_field=CharField())
    return Lot.objects.for_user(user).filter(product__archived_at=None).annotate(name=name)


LOTS = LookUp("lot", list_named_lots, hint=gettext_noop("Any part of the code, or of the name of its product."))


def find_lots(asked: Asked) -> QuerySet:
    found = asked.owned(Lot).filter(match_words(asked.words, ["code"]))
    return select(found, F("code"), F("product__name"), exact=Q(code__lower=Lower(Value(asked.text))))
