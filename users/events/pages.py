"""The page of security events."""

from collections.abc import Sequence

from core.pages.columns import PageColumn, Row, columns_of
from core.pages.tables import TablePage
from core.translation import gettext_noop as _
from users.events.models import SecurityEvent
from users.keys.models import ApiKey
from users.models import User

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
        PageColumn("user_name", "User", page="user-detail", id_field="user"),
        PageColumn("actor_name", "By"),
        PageColumn("key_name", "Key", page="key-detail", id_field="api_key", is_optional=True),
        event_column("address"),
    ),
    empty=_("Nothing has happened that concerns the security of your account."),
    is_for_everyone=True,
    extend=add_names,
)
