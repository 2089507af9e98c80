"""The ledger in the support desk: there to be read."""

from typing import Any, ClassVar

from django.contrib import admin

from inventory_api.admin import ReadOnlyAdmin
from stock.models import IdempotencyKey, Movement, Operation


@admin.register(Operation)
class OperationAdmin(ReadOnlyAdmin):
    list_display = ("id", "owner", "reason", "reference", "performed_by_username", "occurred_at", "created_at")
    list_filter = ("reason",)
    search_fields = ("reference", "owner__username")


@admin.register(Movement)
class MovementAdmin(ReadOnlyAdmin):
    list_display = (
        "id", "owner", "product_name", "sequence", "movement_type", "quantity", "old_quantity", "new_quantity",
        "operation",
    )  # fmt: skip
    list_filter = ("movement_type",)
    list_select_related: ClassVar[Any] = ("owner", "operation")
    search_fields = ("product_name", "owner__username")


@admin.register(IdempotencyKey)
class IdempotencyKeyAdmin(ReadOnlyAdmin):
    list_display = ("key", "owner", "status", "created_at")
    search_fields = ("key", "owner__username")
