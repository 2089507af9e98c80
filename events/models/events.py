"""The events of an account: what has happened to its products and its ledger, for programs that follow it.

An event is inserted in the transaction of the change that it describes. events.services gives it a position in the feed
after that transaction has committed.
"""

from typing import Any, NoReturn

from django.db import models
from django.db.models import Q
from django.db.models.fields.json import KeyTextTransform

from core.ownership import OwnedModel, OwnedQuerySet
from events.querysets import EventQuerySet


class EventType(models.TextChoices):
    OPERATION_BOOKED = "operation.booked"
    STOCK_LOW = "stock.low"
    STOCK_RECOVERED = "stock.recovered"
    PRODUCT_CREATED = "product.created"
    PRODUCT_CHANGED = "product.changed"
    PRODUCT_ARCHIVED = "product.archived"
    PRODUCT_RESTORED = "product.restored"
    WEBHOOK_OFF = "webhook.off"
    LEDGER_SEALED = "ledger.sealed"
    RESERVATION_MADE = "reservation.made"
    RESERVATION_FULFILLED = "reservation.fulfilled"
    RESERVATION_RELEASED = "reservation.released"
    LOT_EXPIRING = "lot.expiring"
    ORDER_SENT = "order.sent"
    ORDER_RECEIVED = "order.received"
    ORDER_CLOSED = "order.closed"


class Event(OwnedModel):
    """An event. Only SQL writes it, and a trigger refuses every change but the first position.

    `operation` and `product` are ids without foreign keys: operations and products with movements are never deleted,
    and each booking would have to check each key.
    """

    is_data = False

    position = models.BigIntegerField(null=True, help_text="In the feed; empty until the event is numbered.")
    type = models.CharField(max_length=32, choices=EventType)
    operation = models.BigIntegerField(null=True, help_text="Id of the operation.")
    product = models.BigIntegerField(null=True, help_text="Id of the product.")
    data = models.JSONField(null=True, help_text="The numbers of the event, besides the ids.")
    created_at = models.DateTimeField()

    objects = EventQuerySet.as_manager()

    class Meta(OwnedModel.Meta):
        constraints = [
            *OwnedModel.Meta.constraints,
            models.UniqueConstraint(
                fields=["owner", "position"], condition=Q(position__isnull=False), name="events_event_position"
            ),
            models.UniqueConstraint(
                "owner", KeyTextTransform("lot", "data"), condition=Q(type="lot.expiring"),
                name="events_event_lot_expiring",
            ),
            models.CheckConstraint(condition=Q(position__gte=1), name="events_event_position_from_one"),
            # The constraint does not list the types: a new type would have to check all events of the past.
            models.CheckConstraint(condition=Q(type__regex=r"^[a-z_]+\.[a-z_]+$"), name="events_event_type"),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=["owner", "id"], condition=Q(position__isnull=True), name="events_event_unnumbered"),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.position or 'without position'}"

    def save(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError("Events are written by events.services alone.")

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError("Events are never deleted.")


class FeedHead(OwnedModel):
    """The end of an account's feed. Its row is locked to give positions. Each account has one row."""

    is_data = False

    position = models.BigIntegerField(default=0, help_text="The last position that was given.")

    objects = OwnedQuerySet.as_manager()

    class Meta(OwnedModel.Meta):
        verbose_name = "end of a feed"
        verbose_name_plural = "ends of feeds"
        constraints = [
            *OwnedModel.Meta.constraints,
            models.UniqueConstraint(fields=["owner"], name="events_feedhead_owner"),
            models.CheckConstraint(condition=Q(position__gte=0), name="events_feedhead_position"),
        ]

    def __str__(self) -> str:
        return f"position {self.position}"
