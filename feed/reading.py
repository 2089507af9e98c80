"""Reads an account's feed: its events in the order of their positions, as programs get them."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from core.list_serialization import format_utc
from events.models import Event, EventType
from events.services import MAX_NUMBERED, find_head, number_events
from feed.errors import PositionUnknown
from feed.operations import read_operations

MAX_EVENTS = 500  # of a page
MAX_LOOKED_AT = 10_000  # positions of a page, of which a filter by type may leave few or none


@dataclass(frozen=True)
class Page:
    """Events after a position. `next` is the last position looked at, from where the next page continues."""

    events: list[dict[str, Any]]
    next: int
    more: bool


def read_events(owner_id: int, after: int, limit: int, types: Collection[str] = ()) -> Page:
    """Return the account's events after the position, at most `limit`, of the types or of all.

    An event that was committed before the call is in this page or a later one. Events get their positions here, so do
    not call it in a transaction. Raise PositionUnknown if the feed ends before the position.
    """
    head = number_up_to(owner_id, after + limit)
    if after > head:
        raise PositionUnknown(last=head)
    last = min(head, after + MAX_LOOKED_AT)
    rows = Event.objects.filter(owner_id=owner_id, position__gt=after, position__lte=last).order_by("position")
    found = list((rows.filter(type__in=types) if types else rows)[:limit])
    looked_at: Any = found[-1].position if len(found) == limit else last
    return Page(write_events(owner_id, found), looked_at, looked_at < head)


def number_up_to(owner_id: int, position: int) -> int:
    """Number committed events until the feed reaches the position, or all have one. Return the last position."""
    while True:
        is_all = number_events(owner_id) < MAX_NUMBERED
        head = find_head(owner_id)
        if is_all or head >= position:
            return head


def write_events(owner_id: int, events: list[Event]) -> list[dict[str, Any]]:
    """Return the events as JSON has them. They contain only what never changes: an event always has the same bytes."""
    booked = [event.operation for event in events if event.type == EventType.OPERATION_BOOKED]
    operations = read_operations(owner_id, booked)
    return [
        {
            "position": event.position,
            "type": event.type,
            "timestamp": format_utc(event.created_at),
            "data": operations[event.operation] if event.type == EventType.OPERATION_BOOKED else list_numbers(event),
        }
        for event in events
    ]


def list_numbers(event: Event) -> dict[str, Any]:
    """Return the ids of the event and its other numbers."""
    ids = {"operation": event.operation, "product": event.product}
    return {name: value for name, value in ids.items() if value is not None} | (event.data or {})
