"""Webhooks, and the attempts to send events to them. Their tables are named for the app that had them before."""

from typing import Any

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

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

    class Meta:
        db_table = "events_webhook"
        permissions = (("switch_off_webhook", "Can switch off webhook"),)  # the support desk asks for it
        constraints = [
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

    class Meta:
        db_table = "events_deliveryattempt"
        indexes = [models.Index(fields=["owner", "webhook", "-id"], name="events_deliveryattempt_newest")]

    def __str__(self) -> str:
        return f"{self.position} of webhook {self.webhook_id}"

    @classmethod
    def forget(cls, owner_id: int, person: Any) -> None:  # noqa: ARG003
        """Empty the answers, because a receiver can repeat the event that it got, in any encoding."""
        cls.objects.filter(owner_id=owner_id).exclude(answer="").update(answer="")
