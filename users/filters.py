"""Query parameters of the list of security events."""

from core.filters import ChoiceFilter, IntegerFilter, StrictFilterSet
from users.models import EventKind


class EventFilter(StrictFilterSet):
    user = IntegerFilter(field_name="user_id", label="Id of the user it happened to")
    kind = ChoiceFilter(choices=EventKind.choices, label="What happened")
