"""The bodies of webhooks and of what receivers get."""

from typing import Any

from drf_spectacular.utils import OpenApiCallback, OpenApiResponse, extend_schema
from rest_framework import serializers

from core.fields import INVALID_CHOICE, MAX_QUOTED_LENGTH, ChoiceField, TextField, WholeNumberField
from core.serializers import CachedFieldsSerializer, OwnedSerializer, example
from records.events.feed.bodies import FeedEventSerializer
from records.events.models import EventType
from records.events.webhooks.addresses import InvalidURL, parse_url
from records.events.webhooks.models import MAX_URL_LENGTH, DeliveryAttempt, Webhook, WebhookState

URL_HELP = "Where the events are sent by POST: an https address with the port 443, or one from 1024."
TYPES_HELP = "The types of events that are sent. Empty: all."


class URLField(TextField):
    """An address that webhooks can be sent to. Only its text is checked here."""

    def to_internal_value(self, data: Any) -> str:
        url = super().to_internal_value(data)
        try:
            parse_url(url)
        except InvalidURL as error:
            raise serializers.ValidationError(str(error)) from None
        return url


class TypesField(serializers.MultipleChoiceField):
    """Types of events, in the order in which they are documented."""

    default_error_messages = {"invalid_choice": INVALID_CHOICE}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(choices=EventType.choices, **kwargs)

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, list):
            self.fail("not_a_list", input_type=type(data).__name__)
        for one in data:
            if not isinstance(one, str) or one not in EventType.values:
                self.fail("invalid_choice", input=str(one)[:MAX_QUOTED_LENGTH], choices=", ".join(EventType.values))
        return [event_type for event_type in EventType.values if event_type in data]

    def to_representation(self, value: Any) -> Any:
        return list(value)


@example(url="https://shop.example.org/events", types=["operation.booked", "stock.low"])
class WebhookSerializer(OwnedSerializer):
    """A webhook. `secret` is in the responses that create it or roll the secret, and nowhere else."""

    url = URLField(max_length=MAX_URL_LENGTH, label="URL", help_text=URL_HELP)
    types: Any = TypesField(required=False, help_text=TYPES_HELP)
    state = ChoiceField(
        choices=WebhookState.choices, required=False, help_text="Switched on, it goes on where it stopped, at once."
    )
    off_reason = serializers.CharField(
        read_only=True,
        help_text="Why it is off: switched_off, support (by the support staff), gone (the receiver answered 410),"
        " unreachable (all attempts failed) or restored (the service's database was restored). Empty if it is on.",
    )
    behind = serializers.SerializerMethodField(help_text="The number of events after `position`.")

    class Meta:
        model = Webhook
        fields: tuple[str, ...] = (
            "id", "url", "types", "state", "off_reason", "position", "behind", "failures", "last_status",
            "last_attempt_at", "next_attempt_at", "created_at",
        )  # fmt: skip
        read_only_fields: tuple[str, ...] = (
            "position",
            "failures",
            "last_status",
            "last_attempt_at",
            "next_attempt_at",
        )

    def get_behind(self, webhook: Webhook) -> int:
        return max(0, int(self.context["view"].end_of_feed) - webhook.position)


class WebhookWithSecretSerializer(WebhookSerializer):
    """A webhook with its secret."""

    class Meta(WebhookSerializer.Meta):
        fields = (*WebhookSerializer.Meta.fields, "secret")
        read_only_fields = (*WebhookSerializer.Meta.read_only_fields, "secret")
        extra_kwargs = {"secret": {"help_text": "Signs the requests. Keep it: it is not shown again."}}


@example(after=0)
class RedeliverSerializer(CachedFieldsSerializer):
    after = WholeNumberField(
        min_value=0, help_text="The events after this position are sent again: from 0 to the webhook's position."
    )


class PingSerializer(CachedFieldsSerializer):
    """The answer to a `ping`."""

    webhook = serializers.IntegerField(help_text="The id of the webhook.")
    status = serializers.IntegerField(allow_null=True, help_text="The status of the answer; null without one.")
    ms = serializers.IntegerField(help_text="How long it took, in milliseconds.")
    error = serializers.CharField(help_text="Why there was no answer, or that redirects are not followed.")
    answer = serializers.CharField(
        help_text="The first 1,024 bytes of the answer, as text. That of a redirect begins with `Location:`."
    )


class AttemptSerializer(OwnedSerializer):
    """An attempt to send an event."""

    class Meta:
        model = DeliveryAttempt
        fields = ("position", "type", "status", "ms", "error", "dead", "answer", "at")
        read_only_fields = fields


class SentEventSerializer(FeedEventSerializer):
    """The body that a receiver gets: an event of the feed."""


# The requests that receivers get.
EVENT_CALLBACK = OpenApiCallback(
    "event",
    "{$request.body#/url}",
    extend_schema(
        summary="Receive an event",
        description="Sent by POST with the headers `webhook-id` (the same in each attempt), `webhook-timestamp` and"
        " `webhook-signature` of Standard Webhooks: docs/events.md. A test has the type `ping`.",
        request=SentEventSerializer,
        responses={
            "2XX": OpenApiResponse(description="Accepted: the next event follows."),
            "410": OpenApiResponse(description="No more events, please: the webhook is switched off."),
            "4XX": OpenApiResponse(
                description="Refused: after three attempts the event is given up. 408, 425 and 429 count as temporary."
            ),
            "5XX": OpenApiResponse(description="Temporary, as is every other answer: the event is sent again later."),
        },
    ),
)
