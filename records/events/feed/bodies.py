"""An account's feed: its events in the order of their positions. Events keep their bytes, so fields never change."""

from bisect import bisect_right
from collections.abc import Callable, Collection, Iterator
from datetime import datetime
from itertools import accumulate, chain, repeat
from typing import Any, NamedTuple

from rest_framework import serializers

from core.http.renderers import JSONRenderer
from core.http.throttling import count_as_long
from core.lists.serialization import format_utc, get_row_serializer
from core.serializers import CachedFieldsSerializer
from records.events.errors import PositionUnknown
from records.events.models import Event, EventType
from records.events.services import CODES, MAX_MOVEMENTS, MAX_NUMBERED, find_head, has_form, name_values, number_events
from records.history.models import Change, Kind, list_costs
from records.history.reading import omit
from stock.models import Movement, Operation
from stock.reading.operations import attach_movements, count_shown_movements
from stock.serializers import MovementSerializer, OperationHeadSerializer

Body = dict[str, Any]  # the body of an event, or an object in it


class BookedMovementSerializer(MovementSerializer):
    """A movement of an event. events.feed.bodies adds `portions` if there are some, and `sku` and `external_id`."""

    portions = None  # type: ignore[assignment]

    class Meta(MovementSerializer.Meta):
        fields = (
            "id", "operation", "sequence", "product", "product_name", "movement_type", "quantity",
            "amount", "old_quantity", "new_quantity", "reason", "reference", "note",
            "performed_by", "performed_by_username", "occurred_at", "timestamp",
        )  # fmt: skip
        read_only_fields = fields


class BookedOperationSerializer(OperationHeadSerializer):
    """An operation of an event, without its reversal, which comes later."""

    class Meta(OperationHeadSerializer.Meta):
        fields = (
            "id", "reason", "reference", "note", "performed_by", "performed_by_username", "occurred_at", "timestamp",
            "reverses",
        )  # fmt: skip
        read_only_fields = fields


class FeedEventSerializer(CachedFieldsSerializer):
    position = serializers.IntegerField(min_value=1)
    type = serializers.ChoiceField(choices=EventType.choices)
    timestamp = serializers.DateTimeField(help_text="When it happened in the database.")
    data = serializers.DictField(  # type: ignore[assignment]  # the field's name, not the serializer's property
        help_text="Of `operation.booked`: the operation with its first 100 movements and `movements_truncated`. Of the"
        " others: `product` with `sku` and `external_id`, of stock.low and stock.recovered also `operation`"
        " (null if a changed threshold or a restored product is the cause), `quantity` and `min_threshold`, of"
        " reservations `reservation` and `quantity`, of lot.expiring `lot`,"
        " `expires_on` and `quantity`, of order.sent and order.closed `order`, and of order.received `order`,"
        " `operation` and `quantity`. docs/events.md has them all."
    )


class FeedSerializer(CachedFieldsSerializer):
    """A page of the feed, oldest first. It ends at 10,000 movements or 8 MB, after at least one event."""

    events = FeedEventSerializer(many=True)
    next = serializers.IntegerField(
        min_value=0, help_text="The last position looked at: send it as `after` to read on."
    )
    more = serializers.BooleanField(help_text="True if there are more events now.")


DEFAULT_EVENTS = 100
MAX_EVENTS = 500  # the limit of a page
MAX_LOOKED_AT = 10_000  # the most positions that a page looks at; a filter by type may leave few or none of them
# A page ends before the event that would exceed one of these limits, but has at least one event. Without them, 500
# operations of 100 movements with long notes would make a page of 75 MB.
MAX_MOVEMENTS_OF_PAGE = 10_000
MAX_BYTES_OF_PAGE = 8_000_000
MAX_MOVEMENTS_OF_PART = 1_000  # movements that are read and written together; the bytes are counted after each part
PORTION_COLUMNS = ("location", "lot", "quantity")


class FeedPage(NamedTuple):
    """Events after a position. `next` is the last position looked at, where the next page continues."""

    events: list[Body]
    next: int
    more: bool


def count_large_page(request: Any, movements: int) -> None:
    """Count the request as a long one if its page is large. Raise Throttled if the account runs too many of them."""
    if movements > MAX_MOVEMENTS_OF_PART:
        count_as_long(request)


def read_events(
    owner_id: int, after: int, limit: int, types: Collection[str] = (), check: Callable[[int], None] = lambda _: None
) -> FeedPage:
    """Return the account's events after the position, at most `limit`, of these types or of all types.

    An event that was committed before the call is in this page or a later one. Events get their positions here, so do
    not call this in a transaction. `check` gets the number of movements before they are read, and refuses the page
    by an exception. Raise PositionUnknown if the feed ends before the position.
    """
    head = number_up_to(owner_id, after + limit)
    if after > head:
        raise PositionUnknown(last=head)
    last = min(head, after + MAX_LOOKED_AT)
    rows = Event.objects.filter(owner_id=owner_id, position__gt=after, position__lte=last).order_by("position")
    selected = list((rows.filter(type__in=types) if types else rows)[:limit])
    written = write_page(owner_id, selected, check)
    is_full = len(selected) == limit or len(written) < len(selected)
    looked_at: Any = selected[len(written) - 1].position if is_full else last
    return FeedPage(written, looked_at, looked_at < head)


def number_up_to(owner_id: int, position: int) -> int:
    """Number committed events until the feed reaches the position or has all of them. Return the last position."""
    while True:
        is_all = number_events(owner_id) < MAX_NUMBERED
        head = find_head(owner_id)
        if is_all or head >= position:
            return head


def write_page(owner_id: int, events: list[Event], check: Callable[[int], None]) -> list[Body]:
    """Return the first of the events in JSON's form: at least one, and as many as a page may have."""
    # Only data that never changes decides where the page ends, so a page always ends at the same event.
    booked = list_booked(events)
    counts: dict[Any, int] = count_shown_movements(owner_id, booked, MAX_MOVEMENTS) if booked else {}
    sizes = [counts.get(event.operation, 0) if event.type == EventType.OPERATION_BOOKED else 0 for event in events]
    fitting = max(1, bisect_right([*accumulate(sizes)], MAX_MOVEMENTS_OF_PAGE))
    check(sum(sizes[:fitting]))
    page: list[Body] = []
    size = 0
    for part in split_into_parts(events[:fitting], sizes):
        for written in write_events(owner_id, part):
            size += len(JSONRenderer().render(written)) + 1  # plus one byte for the comma
            if page and size > MAX_BYTES_OF_PAGE:
                return page
            page.append(written)
    return page


def split_into_parts(events: list[Event], sizes: list[int]) -> Iterator[list[Event]]:
    """Yield the events in parts of at least one event, with MAX_MOVEMENTS_OF_PART movements in each."""
    part: list[Event] = []
    of_part = 0
    for event, size in zip(events, sizes, strict=False):
        if part and of_part + size > MAX_MOVEMENTS_OF_PART:
            yield part
            part, of_part = [], 0
        part.append(event)
        of_part += size
    yield part


def list_booked(events: list[Event]) -> list[Any]:
    return [event.operation for event in events if event.type == EventType.OPERATION_BOOKED]


def write_events(owner_id: int, events: list[Event]) -> list[Body]:
    """Return the events in JSON's form, with data that never changes: an event always has the same bytes."""
    operations = read_operations(owner_id, events)
    changes = read_changes(owner_id, events)

    def write(event: Event) -> Body:
        values = name_values(event.operation, event.product, event.data)
        data = {**values, **(changes.get((event.product, event.created_at), {}) if has_changes(event) else {})}
        if event.type == EventType.OPERATION_BOOKED:
            data = operations.get(event.operation, {})
        return {"position": event.position, "type": event.type, "timestamp": format_utc(event.created_at), "data": data}

    return list(map(write, events))


def has_changes(event: Event) -> bool:
    """Return whether the event has the changes of its product. Old events of new products never had them."""
    is_created = event.type == EventType.PRODUCT_CREATED and event.data is not None
    return is_created or event.type == EventType.PRODUCT_CHANGED


def read_changes(owner_id: int, events: list[Event]) -> dict[tuple[Any, datetime], Body]:
    """Return the changes of products, by product and time, because an event has the time of its changes.

    Costs are omitted, because webhooks send events to other programs.
    """
    changed = {(event.product, event.created_at) for event in events if has_changes(event)}
    if not changed:
        return {}
    products, times = zip(*changed, strict=True)
    rows = Change.objects.filter(owner_id=owner_id, kind=Kind.PRODUCT, row_id__in=products, at__in=times)
    data: dict[tuple[Any, datetime], Body] = {}
    for row in rows.order_by("id"):
        data.setdefault((row.row_id, row.at), {"changes": {}})["changes"] |= omit(row.changes, list_costs())
    return data


def read_operations(owner_id: int, events: list[Event]) -> dict[Any, Body]:
    """Return the account's operations of the events by id, with their first MAX_MOVEMENTS movements."""
    ids = list_booked(events)
    if not ids:
        return {}
    codes = {event.operation: read_codes(event) for event in events if event.type == EventType.OPERATION_BOOKED}
    rows = Operation.objects.filter(owner_id=owner_id, pk__in=ids).select_related("performer")
    operations = attach_movements(list(rows), MAX_MOVEMENTS)
    heads = get_row_serializer(BookedOperationSerializer).serialize_objects(operations)
    written = {}
    for operation, head in zip(operations, heads, strict=True):
        movements = get_row_serializer(BookedMovementSerializer).serialize_objects(operation.shown)
        rows_of_codes = chain(codes[operation.pk], repeat({}))
        shown = [
            {**row, **named, **write_portions(movement)}
            for row, movement, named in zip(movements, operation.shown, rows_of_codes, strict=False)
        ]
        written[operation.pk] = {**head, "movements": shown, "movements_truncated": operation.movements_truncated}
    return written


def read_codes(event: Event) -> list[Body]:
    """Return `sku` and `external_id` of each movement as they were when it was booked. Old events have none."""
    values = name_values(event.operation, event.product, event.data)
    rows = values.get("codes", []) if has_form(event.type, values) else []
    return [dict(zip(CODES, row, strict=True)) for row in rows]


def write_portions(movement: Movement) -> Body:
    """Return the portions of a movement by ids, because names and dates can change. Return {} if it has none."""
    portions = [{name: portion[name] for name in PORTION_COLUMNS} for portion in movement.portions or ()]
    return {"portions": portions} if portions else {}
