"""The pages of the support desk's own admin: the list of workers here, and the ledger in its folder."""

from django.contrib import admin

from core.admin import BaseAdmin, ReadOnlyMixin
from stock.places import admin as places  # noqa: F401, registers its pages
from support.ledger import admin as ledger  # noqa: F401, registers its pages
from support.ledger import verification  # noqa: F401, registers its pages
from support.models import WorkerProcess


@admin.register(WorkerProcess)
class WorkerProcessAdmin(ReadOnlyMixin, BaseAdmin):
    list_display = fields = ("host", "pid", "started_at", "seen_at")
    ordering = ("-seen_at",)
