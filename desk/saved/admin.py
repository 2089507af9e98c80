"""The support desk's page of saved views."""

from django.contrib import admin

from core.support.admin import LogAdmin
from core.support.desk import Desk
from desk.saved.models import SavedView


@admin.register(SavedView)
class SavedViewAdmin(LogAdmin):
    desk = Desk(title="Saved views")
    list_display = ("created_at", "account", "user", "name", "route", "shared", "next_mail_at")
    fields = (*list_display, "query", "columns", "mail_days", "mail_hour", "mail_format", "mail_failures", "updated_at")
    list_display_links = ("created_at",)
