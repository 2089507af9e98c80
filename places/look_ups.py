"""Locations by the names that people type or choose in forms."""

from core.look_ups import LookUp
from places.models import Location

LOCATIONS = LookUp("location", lambda user: Location.objects.for_user(user).live(), page="location-list")
