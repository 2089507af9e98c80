"""The route of security events."""

from typing import Any

from rest_framework import generics

from core.lists.pagination import LogPagination
from core.translation import gettext_noop as _
from users.access.permissions import SIGNED_IN, grant
from users.events import pages
from users.events.filters import EventFilter
from users.events.models import SecurityEvent
from users.events.serializers import EventSerializer
from web.view_bases import GenericApiView


class EventsView(GenericApiView, generics.ListAPIView):
    """Your security events and, for an owner, those of all users in the account; newest first."""

    tag, rights = "users", grant(SIGNED_IN, "get")
    root_link = "security-events"
    name = _("Security events")
    queryset: Any = SecurityEvent.objects.all()
    serializer_class = EventSerializer
    filterset_class = EventFilter
    pages = {"get": pages.EVENTS}
    pagination_class = LogPagination

    def get_queryset(self) -> Any:
        return self.queryset.visible_to(self.user)
