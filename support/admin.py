"""The list of workers at the support desk."""

from django.contrib import admin

from core.admin import BaseAdmin, ReadOnlyMixin
from support.models import WorkerProcess


@admin.register(WorkerProcess)
class WorkerProcessAdmin(ReadOnlyMixin, BaseAdmin):
    list_display = fields = ("host", "pid", "started_at", "seen_at")
    ordering = ("-seen_at",)
