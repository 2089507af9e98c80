"""Closings and movements of cash at the support desk. Nobody changes them there."""

from typing import Any, ClassVar

from django.contrib import admin

from core.support.admin import AccountFilter, LogAdmin
from core.support.desk import Desk
from trade.closings.models import Cash, Closing


@admin.register(Closing)
class ClosingAdmin(LogAdmin):
    desk = Desk(of_account=True)
    list_display = ("id", "account", "till", "number", "performer", "made_at", "expected", "counted", "kept")
    fields = (*list_display, "from_at", "from_position", "to_position", "opening", "note", "document")
    list_display_links = ("id",)
    list_select_related = ("owner", "till", "performer")
    list_filter: ClassVar[Any] = (AccountFilter,)


@admin.register(Cash)
class CashAdmin(LogAdmin):
    desk = Desk()
    list_display = fields = ("id", "account", "till", "kind", "amount", "reason", "performer", "created_at")
    list_display_links = ("id",)
    list_select_related = ("owner", "till", "performer")
    list_filter: ClassVar[Any] = (AccountFilter,)
