"""The routes of webhooks."""

from typing import Any

from django.db.models import QuerySet
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, status
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer, Serializer

from core.pages.tabs import PROGRAMS, Tab
from records.events.services import count_events, number_all_events
from records.events.webhooks import pages, serializers, services
from records.events.webhooks.models import DeliveryAttempt, Webhook
from records.idempotency.decorators import idempotent, takes_key
from users.access.permissions import WRITES, Tag, grant
from users.access.roles import Right
from web.view_bases import RowFormView
from web.viewsets import OwnedReadViewSet, raise_404_if_missing


class WebhookViewSet(RowFormView, mixins.UpdateModelMixin, mixins.DestroyModelMixin, OwnedReadViewSet):
    """Receivers of your shop's events. The service sends them each event in order, until they have accepted it."""

    tag = Tag("webhooks", "Addresses that get every event, signed and in order: docs/events.md.")
    root_link = "webhooks"
    tab = Tab(group=PROGRAMS, about=gettext_lazy("Tell another system what has happened."), behind="key-list", number=1)
    rights = grant(Right.MANAGE_SHOP, "list", "retrieve", *WRITES, "test", "roll_secret", "redeliver", "attempts")
    queryset = Webhook.objects.order_by("id")
    serializer_class = serializers.WebhookSerializer
    verbs = pages.VERBS
    form_fields = pages.FORM_FIELDS
    pages = {"list": pages.WEBHOOKS, "retrieve": pages.WEBHOOK, "attempts": pages.ATTEMPTS}
    replica_actions = ()  # the worker has just written what these routes show

    @cached_property
    def end_of_feed(self) -> int:
        """Return the end of the account's feed. Events without a position count, because nobody may have read them."""
        return count_events(self.account_id)

    def list_rows(self, queryset: QuerySet, serializer_class: Any) -> Response:
        """Return the page from model instances, because `behind` is not a column."""
        page = self.paginate_queryset(self.filter_queryset(queryset))
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    @extend_schema(responses={201: serializers.WebhookWithSecretSerializer}, callbacks=[serializers.EVENT_CALLBACK])
    @takes_key
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Any:
        """Create a webhook, which begins at the end of the feed. Only this response has its secret."""
        fields = self.read_body()
        services.check_address(fields["url"])
        number_all_events(self.account_id)
        return self.create_once(request, fields)

    @idempotent
    def create_once(self, request: Request, fields: dict[str, Any]) -> Response:
        return self.show_secret(services.create_webhook(by=self.user, **fields))

    def show_secret(self, webhook: Webhook) -> Response:
        data = serializers.WebhookWithSecretSerializer(webhook, context=self.get_serializer_context()).data
        # The response is a plain dict, because a page would show the fields of a serializer as a form.
        return Response({**data}, status=status.HTTP_201_CREATED)

    def perform_update(self, serializer: BaseSerializer) -> None:
        if "url" in serializer.validated_data:
            services.check_address(serializer.validated_data["url"])
        with raise_404_if_missing():
            serializer.instance = services.change_webhook(
                by=self.user, pk=self.kwargs["pk"], check=self.check_unchanged, **serializer.validated_data
            )

    def perform_destroy(self, instance: Webhook) -> None:
        with raise_404_if_missing():
            services.delete_webhook(by=self.user, pk=instance.pk)

    @extend_schema(request=None, responses=serializers.PingSerializer)
    @action(detail=True, methods=["post"], serializer_class=Serializer, is_long_running=True)
    def test(self, request: Request, **kwargs: Any) -> Response:
        """Send a `ping` now and return the answer, within 5 s. At most 6 a minute."""
        webhook = self.get_object()
        result = services.send_ping(webhook=webhook)
        return Response(serializers.PingSerializer({"webhook": webhook.pk, **result._asdict()}).data)

    @extend_schema(request=None, responses={201: serializers.WebhookWithSecretSerializer})
    @action(detail=True, methods=["post"], url_path="roll-secret", serializer_class=Serializer)
    @idempotent
    def roll_secret(self, request: Request, **kwargs: Any) -> Response:
        """Replace the secret and return the new one. For 24 hours each request is signed with both."""
        with raise_404_if_missing():
            return self.show_secret(services.roll_secret(by=self.user, pk=self.kwargs["pk"]))

    @extend_schema(request=serializers.RedeliverSerializer, responses=serializers.WebhookSerializer)
    @action(detail=True, methods=["post"], serializer_class=serializers.RedeliverSerializer)
    @idempotent
    def redeliver(self, request: Request, **kwargs: Any) -> Response:
        """Set the position back, so that the events after it are sent again."""
        self.get_object()  # a missing webhook is a 404 even if the body is malformed
        fields = self.read_body()
        try:
            with raise_404_if_missing():
                webhook = services.redeliver(by=self.user, pk=self.kwargs["pk"], **fields)
        except services.InvalidPosition as error:
            raise ValidationError({"after": [str(error)]}) from None
        return self.show(webhook)

    @extend_schema(responses=serializers.AttemptSerializer(many=True))
    @action(detail=True, serializer_class=serializers.AttemptSerializer)
    def attempts(self, request: Request, **kwargs: Any) -> Response:
        """List the newest 200 attempts to send an event, the last one first."""
        webhook = self.get_object()
        rows = DeliveryAttempt.objects.for_user(self.user).filter(webhook_id=webhook.pk).order_by("-id")
        return self.get_paginated_response(serializers.AttemptSerializer(self.paginate_queryset(rows), many=True).data)
