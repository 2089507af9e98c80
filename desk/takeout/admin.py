"""The support desk's page of exports. Staff can neither start nor download one."""

from django.contrib import admin

from core.support.admin import LogAdmin
from core.support.desk import Desk
from desk.takeout.models import Export


@admin.register(Export)
class ExportAdmin(LogAdmin):
    desk = Desk(title="Exports of shops")
    list_display = fields = ("created_at", "account", "state", "size", "finished_at", "expires_at")
    list_display_links = ("created_at",)
