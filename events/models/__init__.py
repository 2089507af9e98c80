"""The tables of events: the feed, and the readers of the feed that the service runs for a shop."""

from events.models.events import Event, EventType, FeedHead
from events.models.notices import LastNotice
from events.models.webhooks import (
    MAX_ERROR_LENGTH,
    MAX_SECRET_LENGTH,
    MAX_TYPE_LENGTH,
    MAX_URL_LENGTH,
    DeliveryAttempt,
    OffReason,
    Webhook,
    WebhookState,
)

__all__ = [
    "MAX_ERROR_LENGTH",
    "MAX_SECRET_LENGTH",
    "MAX_TYPE_LENGTH",
    "MAX_URL_LENGTH",
    "DeliveryAttempt",
    "Event",
    "EventType",
    "FeedHead",
    "LastNotice",
    "OffReason",
    "Webhook",
    "WebhookState",
]
