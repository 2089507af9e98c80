"""The support desk's pages for events."""

from django.contrib import admin

from core.admin import AccountFilter, LogAdmin
from events.models import Event, Head


@admin.register(Event)
class EventAdmin(LogAdmin):
    list_display = fields = ("created_at", "account", "position", "type", "operation", "product", "data")
    list_display_links = ("created_at",)
    list_filter = (AccountFilter,)


@admin.register(Head)
class HeadAdmin(LogAdmin):
    list_display = fields = ("account", "position")
    list_display_links = ("position",)
    list_filter = (AccountFilter,)
