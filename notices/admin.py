"""The support desk's page for notices."""

from django.contrib import admin

from core.admin import BaseAdmin, ReadOnlyMixin
from notices.models import Digest


@admin.register(Digest)
class DigestAdmin(ReadOnlyMixin, BaseAdmin):
    """The users who get notices by mail, and the day of the last one. Read-only."""

    list_display = fields = ("user", "sent_on", "position")
    list_select_related = ("user",)
    search_fields = ("user__username",)
    ordering = ("user",)
