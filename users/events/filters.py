"""Query parameters of the list of security events."""

from core.lists.filters import ChoiceFilter, StrictFilterSet
from core.lists.row_filters import RowFilter
from users.events.models import EventKind
from users.look_ups import USERS


class EventFilter(StrictFilterSet):
    user = RowFilter(USERS, field_name="user_id", label="Id of the user it happened to")
    kind = ChoiceFilter(choices=EventKind.choices, label="What happened")
