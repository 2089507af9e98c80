"""The schema of the requests that receivers get."""

from drf_spectacular.utils import OpenApiCallback, OpenApiResponse, extend_schema

from events.webhooks.serializers import SentEventSerializer

EVENT_CALLBACK = OpenApiCallback(
    "event",
    "{$request.body#/url}",
    extend_schema(
        summary="Receive an event",
        description="Sent by POST with the headers `webhook-id` (the same in each attempt), `webhook-timestamp` and"
        " `webhook-signature` of Standard Webhooks: docs/webhooks.md. A test has the type `ping`.",
        request=SentEventSerializer,
        responses={
            "2XX": OpenApiResponse(description="Accepted: the next event follows."),
            "410": OpenApiResponse(description="No more events, please: the webhook is switched off."),
            "4XX": OpenApiResponse(description="Refused: after three attempts the event is given up. 408, 425 and 429"
                                   " count as temporary."),
            "5XX": OpenApiResponse(description="Temporary, as is every other answer: the event is sent again later."),
        },
    ),
)  # fmt: skip
