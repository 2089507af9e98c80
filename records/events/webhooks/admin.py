"""The support desk's pages for webhooks. Staff see no secrets, and can switch a webhook off."""

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from core.support.admin import AccountFilter, ReadOnlyAdmin, show_rows
from records.events.webhooks import services
from records.events.webhooks.models import DeliveryAttempt, OffReason, Webhook


@admin.register(Webhook)
class WebhookAdmin(ReadOnlyAdmin):
    group = "Other programs"
    of_account = True
    list_display = ("url", "account", "state", "off_reason", "position", "failures", "last_status", "last_attempt_at")
    list_filter: ClassVar[Any] = (AccountFilter, "state", "off_reason")
    fields = (
        "url", "types", "state", "off_reason", "position", "failures", "last_status", "last_attempt_at",
        "slow_at", "next_attempt_at", "leased_until", "created_at",
    )  # fmt: skip
    actions = ("switch_off",)

    def has_switch_off_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("webhooks.switch_off_webhook")

    @admin.action(description="Switch off", permissions=["switch_off"])
    def switch_off(self, request: HttpRequest, queryset: QuerySet) -> None:
        """Switch the selected webhooks off and log this. Only their owners can switch them on again."""
        count = 0
        for webhook in queryset:
            if services.switch_off(webhook=webhook, reason=OffReason.SUPPORT):
                self.log_change(request, webhook, "Switched off.")
                count += 1
        self.message_user(request, f"Switched off: {count}.", messages.SUCCESS)


show_rows(
    DeliveryAttempt,
    "at account webhook position type status ms error dead",
    filters="webhook",
    title="Requests to webhooks",
    group="Other programs",
)
