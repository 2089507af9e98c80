"""The query parameters of the security events."""

import django_filters

from core.filters import IntegerFilter, StrictFilterSet
from users.models import EventKind


class EventFilter(StrictFilterSet):
    user = IntegerFilter(field_name="user_id", label="Id of the user it happened to")
    kind = django_filters.ChoiceFilter(choices=EventKind.choices, label="What happened")
