"""The history at the support desk."""

from typing import Any, ClassVar

from django.contrib import admin

from core.admin import AccountFilter, LogAdmin
from history.models import Change
from history.pages import write_changes


@admin.register(Change)
class ChangeAdmin(LogAdmin):
    list_display = ("at", "account", "kind", "row_id", "what_changed", "by", "via")
    list_filter: ClassVar[Any] = (AccountFilter,)

    @admin.display(description="what changed")
    def what_changed(self, obj: Change) -> str:
        return write_changes({"changes": obj.changes})
