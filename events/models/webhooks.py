"""Webhooks, which are readers of the feed that the service runs for a shop, and the newest attempts of each."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from core.database.constraints import OwnedForeignKey
from core.ownership import OwnedKey, OwnedModel, OwnedQuerySet

MAX_URL_LENGTH = 1000
MAX_SECRET_LENGTH = 64
MAX_ERROR_LENGTH = 200
MAX_TYPE_LENGTH = 64


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
    """Sends the events after `position` to the URL, one at a time and in order.

    A worker that sends has a lease on the row: `lease` is the worker's name for it, and `leased_until` is its end.
    """

    url = models.CharField("URL", max_length=MAX_URL_LENGTH)
    types = models.JSONField(default=list, blank=True, help_text="The types of events to send. Empty: all.")
    state = models.CharField(max_length=3, choices=WebhookState, default=WebhookState.ON)
    off_reason = models.CharField(max_length=12, choices=OffReason, blank=True, default="")
    position = models.BigIntegerField(help_text="The position of the last event that was sent or passed over.")
    secret = models.CharField(max_length=MAX_SECRET_LENGTH)
    previous_secret = models.CharField(max_length=MAX_SECRET_LENGTH, blank=True, default="")
    previous_until = models.DateTimeField(null=True, help_text="Until then the previous secret signs, too.")
    failures = models.PositiveIntegerField(default=0, help_text="Failed attempts of the event after `position`.")
    refusals = models.PositiveIntegerField(default=0, help_text="Those of them that were answered with a final 4xx.")
    last_status = models.SmallIntegerField(null=True)
    last_attempt_at = models.DateTimeField(null=True)
    slow_at = models.DateTimeField(null=True, help_text="The last attempt that was slow.")
    next_attempt_at = models.DateTimeField(db_default=Now())
    lease = models.UUIDField(null=True)
    leased_until = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = OwnedQuerySet.as_manager()

    class Meta(OwnedModel.Meta):
        permissions = (("switch_off_webhook", "Can switch off webhook"),)  # for the support desk
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
    position = models.BigIntegerField()
    type = models.CharField(max_length=MAX_TYPE_LENGTH)
    status = models.SmallIntegerField(null=True)
    ms = models.PositiveIntegerField(help_text="How long it took, in milliseconds.")
    error = models.CharField(max_length=MAX_ERROR_LENGTH, blank=True, default="")
    dead = models.BooleanField(default=False, help_text="The event was given up, and the next one was sent.")
    answer = models.TextField(blank=True, default="", help_text="The first 1,024 bytes of the answer, as text.")
    at = models.DateTimeField(db_default=Now())

    objects = OwnedQuerySet.as_manager()

    class Meta(OwnedModel.Meta):
        constraints = [
            *OwnedModel.Meta.constraints,
            OwnedForeignKey(field="webhook", name="events_deliveryattempt_webhook"),
        ]
        indexes = [models.Index(fields=["owner", "webhook", "-id"], name="events_deliveryattempt_newest")]

    def __str__(self) -> str:
        return f"{self.position} of webhook {self.webhook_id}"
