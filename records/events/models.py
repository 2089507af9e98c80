"""The events of an account, and their readers: programs that follow the feed, webhooks and notices."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, NoReturn

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Now

from core.database.constraints import OwnedForeignKey, array_of_ids
from core.database.postgres.base import execute
from core.ownership import OwnedKey, OwnedModel, OwnedQuerySet
from records.events import sql
from records.history.models import Kind, Recording, list_recorded

MAX_URL_LENGTH = 1000
MAX_SECRET_LENGTH = 64
MAX_ERROR_LENGTH = 200
MAX_TYPE_LENGTH = 64


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
    RESERVATION_CHANGED = "reservation.changed"
    RESERVATION_FULFILLED = "reservation.fulfilled"
    RESERVATION_RELEASED = "reservation.released"
    RESERVATION_EXPIRED = "reservation.expired"
    LOT_EXPIRING = "lot.expiring"
    ORDER_SENT = "order.sent"
    ORDER_RECEIVED = "order.received"
    ORDER_CLOSED = "order.closed"
    TILL_DROPPED = "till.dropped"
    TILL_UNPROVEN = "till.unproven"
    SHEET_OPENED = "sheet.opened"
    SHEET_BOOKED = "sheet.booked"
    SHEET_DROPPED = "sheet.dropped"
    SALE_PAID = "sale.paid"
    CLOSING_MADE = "closing.made"
    CASH_MOVED = "cash.moved"
    KIT_CREATED = "kit.created"
    KIT_CHANGED = "kit.changed"
    KIT_ARCHIVED = "kit.archived"
    PACK_MADE = "pack.made"
    CUSTOMER_MERGED = "customer.merged"
    SUPPLIER_MERGED = "supplier.merged"


def name_products(statement: str, **parts: str) -> str:
    """Return the statement with the table of products and these parts."""
    return statement.format(table=list_recorded()[Kind.PRODUCT]._meta.db_table, **parts)


class EventQuerySet(OwnedQuerySet):
    """Records the events of products, for models. events.services records all others."""

    def record_products(
        self, *, owner_id: int, event_type: str, products: Iterable[int], at: datetime | None = None
    ) -> None:
        """Insert an event at this time or now for each product. The transaction has locked and changes the products."""
        if ids := list(products):
            statement = name_products(sql.RECORD_PRODUCTS, ids=array_of_ids("products", len(ids)))
            execute(statement, {"owner": owner_id, "type": str(event_type), "products": ids, "at": at})

    def record_changed(self, owner_id: int, changes: Recording) -> None:
        """Insert an event for each changed product. It has the time of the changes, by which the feed finds them."""
        changed = EventType.PRODUCT_CHANGED
        self.record_products(owner_id=owner_id, event_type=changed, products=sorted(changes.changed), at=changes.at)

    def record_created(self, owner_id: int, changes: Recording, products: Iterable[int]) -> None:
        """Insert an event for each of these new products, with the time of the changes as in record_changed()."""
        created = EventType.PRODUCT_CREATED
        self.record_products(owner_id=owner_id, event_type=created, products=products, at=changes.at)


class Event(OwnedModel):
    """An event. SQL inserts it in the transaction of a change. A trigger refuses all updates but the first position."""

    is_data = False

    position = models.BigIntegerField(null=True, help_text="In the feed; empty until the event is numbered.")
    type = models.CharField(max_length=32, choices=EventType)
    # These ids are no foreign keys, which each booking would have to check: what they name is never deleted.
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
                "owner",
                KeyTextTransform("lot", "data"),
                condition=Q(type="lot.expiring"),
                name="events_event_lot_expiring",
            ),
            models.CheckConstraint(condition=Q(position__gte=1), name="events_event_position_from_one"),
            # The constraint does not list the types: a new type would have to check all events of the past.
            models.CheckConstraint(condition=Q(type__regex=r"^[a-z_]+\.[a-z_]+$"), name="events_event_type"),
        ]
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
        verbose_name = "last event of a shop"
        verbose_name_plural = "last events of shops"
        constraints = [
            *OwnedModel.Meta.constraints,
            models.UniqueConstraint(fields=["owner"], name="events_feedhead_owner"),
            models.CheckConstraint(condition=Q(position__gte=0), name="events_feedhead_position"),
        ]

    def __str__(self) -> str:
        return f"position {self.position}"


class LastNotice(models.Model):
    """The last notice of a user: its date in the shop's time zone, and the position of the feed that it covered."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="+")
    sent_on = models.DateField(help_text="The day of the last notice, also of one that had nothing to tell.")
    position = models.BigIntegerField(help_text="The events up to this position of the shop's feed have been told.")

    def __str__(self) -> str:
        return f"{self.user_id}: {self.sent_on}"


class WebhookState(models.TextChoices):
    ON = "on"
    OFF = "off"


class OffReason(models.TextChoices):
    """The reason why a webhook is off. Its owner or the support staff has switched it off, or the service has."""

    SWITCHED_OFF = "switched_off"
    SUPPORT = "support"
    GONE = "gone"
    UNREACHABLE = "unreachable"
    RESTORED = "restored"


class Webhook(OwnedModel):
    """Sends the events after `position` to the URL, one at a time and in order."""

    url = models.CharField("URL", max_length=MAX_URL_LENGTH)
    types = models.JSONField(default=list, blank=True, help_text="The types of events to send. Empty: all.")
    state = models.CharField(max_length=3, choices=WebhookState, default=WebhookState.ON)
    off_reason = models.CharField("why it is off", max_length=12, choices=OffReason, blank=True, default="")
    position = models.BigIntegerField(help_text="The position of the last event that was sent or passed over.")
    secret = models.CharField(max_length=MAX_SECRET_LENGTH)
    previous_secret = models.CharField(max_length=MAX_SECRET_LENGTH, blank=True, default="")
    previous_until = models.DateTimeField(null=True, help_text="Until then the previous secret signs, too.")
    failures = models.PositiveIntegerField(
        "failed attempts", default=0, help_text="Failed attempts of the event after `position`."
    )
    refusals = models.PositiveIntegerField(default=0, help_text="Those of them that were answered with a final 4xx.")
    last_status = models.SmallIntegerField("answer", null=True)
    last_attempt_at = models.DateTimeField("last attempt", null=True)
    slow_at = models.DateTimeField(null=True, help_text="The last attempt that was slow.")
    next_attempt_at = models.DateTimeField(db_default=Now())
    # The lease of the worker that is sending: a random name, and the time when it ends.
    lease = models.UUIDField(null=True)
    leased_until = models.DateTimeField(null=True)
    created_at = models.DateTimeField("added", auto_now_add=True)

    objects = OwnedQuerySet.as_manager()

    class Meta(OwnedModel.Meta):
        permissions = (("switch_off_webhook", "Can switch off webhook"),)  # the support desk asks for it
        constraints = [
            *OwnedModel.Meta.constraints,
            models.CheckConstraint(
                condition=Q(state=WebhookState.ON, off_reason="")
                | Q(state=WebhookState.OFF, off_reason__in=OffReason.values),
                name="events_webhook_off_reason",
            ),
            models.CheckConstraint(condition=Q(position__gte=0), name="events_webhook_position"),
        ]
        indexes = [
            models.Index(
                fields=["owner", "next_attempt_at"], condition=Q(state=WebhookState.ON), name="events_webhook_on"
            )
        ]

    def __str__(self) -> str:
        return self.url


class DeliveryAttempt(OwnedModel):
    """An attempt to send an event. The newest MAX_ATTEMPTS of a webhook are kept."""

    is_data = False

    webhook = OwnedKey(Webhook, on_delete=models.DO_NOTHING, related_name="attempts")
    position = models.BigIntegerField("event")
    type = models.CharField(max_length=MAX_TYPE_LENGTH)
    status = models.SmallIntegerField("answer", null=True)
    ms = models.PositiveIntegerField(help_text="How long it took, in milliseconds.")
    error = models.CharField(max_length=MAX_ERROR_LENGTH, blank=True, default="")
    dead = models.BooleanField(default=False, help_text="The event was given up, and the next one was sent.")
    answer = models.TextField(
        "beginning of the answer", blank=True, default="", help_text="The first 1,024 bytes of the answer, as text."
    )
    at = models.DateTimeField("when", db_default=Now())

    objects = OwnedQuerySet.as_manager()

    class Meta(OwnedModel.Meta):
        constraints = [
            *OwnedModel.Meta.constraints,
            OwnedForeignKey(field="webhook", name="events_deliveryattempt_webhook"),
        ]
        indexes = [models.Index(fields=["owner", "webhook", "-id"], name="events_deliveryattempt_newest")]

    def __str__(self) -> str:
        return f"{self.position} of webhook {self.webhook_id}"

    @classmethod
    def forget(cls, owner_id: int, person: Any) -> None:  # noqa: ARG003
        """Empty the answers, because a receiver can repeat the event that it got, in any encoding."""
        cls.objects.filter(owner_id=owner_id).exclude(answer="").update(answer="")
