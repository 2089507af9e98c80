"""The route of the feed."""

from functools import partial

from django.utils.translation import gettext_lazy
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from core.http.browsers import is_page_for_people
from core.lists.pagination import parse_whole_number
from core.lists.parameters import query_choice
from core.pages.tabs import PROGRAMS, Tab
from records.events.feed import pages
from records.events.feed.bodies import DEFAULT_EVENTS, MAX_EVENTS, FeedSerializer, count_large_page, read_events
from records.events.models import EventType
from records.events.services import find_head, number_all_events
from users.access.permissions import Tag, grant
from users.access.roles import Right
from web.view_bases import ApiView


class FeedView(ApiView):
    """What has happened. A page begins with the newest event, a program with the oldest, and it goes on at `next`."""

    tag = Tag("events", "What has happened, in order, without a gap.", for_keys=True)
    root_link = "events"
    tab = Tab(group=PROGRAMS, about=gettext_lazy("What has happened, for programs that ask."))
    rights = grant(Right.READ, "get")
    devices = ("get",)
    name = "Events"
    pages = {"get": pages.FEED}

    @extend_schema(
        parameters=[
            OpenApiParameter("after", OpenApiTypes.INT, description="The events after this position.", default=0),
            OpenApiParameter(
                "limit",
                OpenApiTypes.INT,
                description="At most 500. A page may have fewer: `more` says whether there are further events.",
                default=DEFAULT_EVENTS,
            ),
            OpenApiParameter("type", OpenApiTypes.STR, enum=EventType.values, description="Only this type."),
        ],
        responses=FeedSerializer,
    )
    def get(self, request: Request) -> Response:
        """Return the events after a position. What was answered before this request is in it, or after `next`."""
        after = parse_whole_number(request, "after", minimum=0)
        if after is None:
            after = self.find_newest() if is_page_for_people(request) and not request.query_params.get("type") else 0
        wanted = parse_whole_number(request, "limit") or DEFAULT_EVENTS
        limit = min(wanted, MAX_EVENTS)
        event_type = query_choice(request, "type", ["", *EventType.values])
        types = [event_type] if event_type else []
        page = read_events(self.account_id, after, limit, types, check=partial(count_large_page, request))
        headers = {"Clamped": f"limit={MAX_EVENTS}"} if wanted > MAX_EVENTS else None
        return Response({"events": page.events, "next": page.next, "more": page.more}, headers=headers)

    def find_newest(self) -> int:
        """Return the position after which the newest events are, with which a page for people begins."""
        number_all_events(self.account_id)
        newest = max(find_head(self.account_id) - DEFAULT_EVENTS, 0)
        self.query_for_people = {"after": newest} if newest else {}
        return newest
