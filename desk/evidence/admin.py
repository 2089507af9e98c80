"""The support desk's page of packs. Staff can neither ask for one nor download it."""

from django.contrib import admin

from core.support.admin import LogAdmin
from core.support.desk import Desk
from desk.evidence.models import Pack


@admin.register(Pack)
class PackAdmin(LogAdmin):
    desk = Desk(title="Packs of the year's end")
    list_display = fields = (
        "created_at", "account", "as_of", "clock", "recorded_until", "state", "size", "sha256", "expires_at",
    )  # fmt: skip
    list_display_links = ("created_at",)
