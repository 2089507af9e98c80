"""The history at the support desk."""

from typing import Any, ClassVar

from django.contrib import admin
from django.utils.html import format_html

from core.support.admin import AccountFilter, LogAdmin, column
from core.support.desk import Desk
from records.history.door import write_changes
from records.history.models import Change


@admin.register(Change)
class ChangeAdmin(LogAdmin):
    desk = Desk(title="What changed", of_account=True)
    list_display = ("at", "account", "kind", "row_id", "what_changed", "by", "via", "of_edit")
    list_filter: ClassVar[Any] = (AccountFilter,)
    of_edit = column("edit", lambda change: change.edit and format_html('<a href="?edit={0}">{0}</a>', change.edit))
    what_changed = column("what changed", lambda change: write_changes({"changes": change.changes}))
