"""The reasons to refuse a change of a location."""

from rest_framework import status

from core.errors import DomainError
from core.translation import gettext_noop


class LocationInUse(DomainError):
    """Something lies at the location, so it can't be archived."""

    status = status.HTTP_409_CONFLICT
    code = "location_in_use"
    detail = gettext_noop("Products that lie at this location: {products}. Move them first.")
    when = "something lies at the location, so it can't be archived"
    also = "`products`: the number of different products"
