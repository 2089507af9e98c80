"""The route of security events, and its page."""

from collections.abc import Sequence
from typing import Any

from rest_framework import generics

from core.lists.filters import ChoiceFilter, StrictFilterSet
from core.lists.pagination import LogPagination
from core.lists.row_filters import RowFilter
from core.pages.columns import PageColumn, Row, columns_of
from core.pages.tables import TablePage
from core.serializers import CleanModelSerializer
from core.translation import gettext_noop as _
from users.access.permissions import SIGNED_IN, grant
from users.models import ApiKey, EventKind, SecurityEvent, User
from users.serializers import USERS
from web.view_bases import GenericApiView

event_column = columns_of(SecurityEvent)


def add_names(user: User, events: Sequence[Row]) -> Sequence[Row]:
    """Return the events with the names of their users, and for developers of keys. Other accounts get no names."""
    ids = {event[name] for event in events for name in ("user", "actor")} - {None}
    names = dict(User.objects.visible_to(user).filter(pk__in=ids).values_list("pk", "username"))
    key_ids = {event["api_key"] for event in events if user.developer} - {None}
    key_names = dict(ApiKey.objects.visible_to(user).filter(pk__in=key_ids).values_list("pk", "name"))
    return [
        {
            **event,
            "user_name": names.get(event["user"]),
            "actor_name": names.get(event["actor"]),
            "key_name": key_names.get(event["api_key"]),
        }
        for event in events
    ]


EVENTS = TablePage(
    (
        event_column("created_at", kind="moment"),
        event_column("kind", kind="words"),
        PageColumn("user_name", "User", links_to="user"),
        PageColumn("actor_name", "By"),
        PageColumn("key_name", "Key", page="key-detail", id_field="api_key", is_optional=True),
        event_column("address"),
    ),
    empty="Nothing has happened that concerns the security of your account.",
    is_for_everyone=True,
    extend=add_names,
)


class EventSerializer(CleanModelSerializer):
    class Meta:
        model = SecurityEvent
        fields = ("id", "user", "kind", "actor", "api_key", "address", "created_at")
        extra_kwargs = {
            "api_key": {"help_text": "The id of the API key that the event is about, or null."},
            "actor": {"help_text": "The user who caused the event; null if it was the user itself, or is not known."},
            "address": {"help_text": "The client's IP address; for IPv6, the first address of its /64 network."},
        }


class EventFilter(StrictFilterSet):
    user = RowFilter(USERS, field_name="user_id", label="Id of the user it happened to")
    kind = ChoiceFilter(choices=EventKind.choices, label="What happened")


class EventsView(GenericApiView, generics.ListAPIView):
    """Your security events and, for an owner, those of all users in the account; newest first."""

    tag, rights = "users", grant(SIGNED_IN, "get")
    root_link = "security-events"
    name = _("Security events")
    queryset: Any = SecurityEvent.objects.all()
    serializer_class = EventSerializer
    filterset_class = EventFilter
    pages = {"get": EVENTS}
    pagination_class = LogPagination

    def get_queryset(self) -> Any:
        return self.queryset.visible_to(self.user)
