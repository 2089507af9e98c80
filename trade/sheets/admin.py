"""Counting sheets at the support desk. Nobody changes them there."""

from typing import ClassVar

from django.contrib import admin

from core.support.admin import AccountFilter, LogAdmin, ReadOnlyAdmin, RowListFilter
from core.support.desk import Desk
from trade.sheets.models import Entry, Sheet, SheetLine


@admin.register(Sheet)
class SheetAdmin(ReadOnlyAdmin):
    desk = Desk(title="Counting sheets", of_account=True)
    list_display = ("name", "account", "state", "blind", "opened_by_username", "created_at", "closed_at")
    search_fields = ("name",)
    fields = (
        "name", "state", "blind", "location", "selection", "tolerance", "opened_by", "opened_by_username", "created_at",
        "closed_at",
    )  # fmt: skip


class SheetListFilter(RowListFilter):
    title, parameter_name, model = "sheet", "sheet", Sheet


@admin.register(SheetLine)
class SheetLineAdmin(LogAdmin):
    desk = Desk()
    list_display = fields = ("id", "account", "sheet", "product", "booked_at", "operation")
    list_display_links = ("id",)
    list_filter: ClassVar = (AccountFilter, SheetListFilter)


@admin.register(Entry)
class EntryAdmin(LogAdmin):
    desk = Desk()
    list_display = ("id", "account", "sheet", "product", "quantity", "counted_at", "entered_by")
    fields = (*list_display, "location", "lot", "replaces")
    list_display_links = ("id",)
    list_filter: ClassVar = (AccountFilter, SheetListFilter)
