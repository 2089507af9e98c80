"""The support desk's pages for events."""

from core.support.admin import column, show_rows
from records.events.models import Event, FeedHead

show_rows(
    Event,
    "created_at account position type operation product data",
    list_select_related=("owner",),
    group="Other programs",
)
show_rows(
    FeedHead,
    "number account",
    title="Last event of each shop",
    readonly_fields=("number",),
    number=column("Number of the last event", lambda head: head.position),
    group="Other programs",
)
