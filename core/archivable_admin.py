"""The admin of suppliers and categories."""

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from core import archiving
from core.admin import AccountFilter, CatalogueAdmin
from core.errors import NameTaken


class ArchivableAdmin(CatalogueAdmin):
    """The admin of suppliers and categories, which nobody deletes: actions archive and restore them."""

    actions = ("archive_selected", "restore_selected")
    list_filter: ClassVar[Any] = (AccountFilter, "archived_at")
    readonly_fields = ("archived_at",)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    @admin.action(description="Archive the selected %(verbose_name_plural)s", permissions=["change"])
    def archive_selected(self, request: HttpRequest, queryset: Any) -> None:
        self.apply(archiving.archive, request, queryset.live(), "Archived.")

    @admin.action(description="Restore the selected %(verbose_name_plural)s", permissions=["change"])
    def restore_selected(self, request: HttpRequest, queryset: Any) -> None:
        self.apply(archiving.restore, request, queryset.exclude(archived_at=None), "Restored.")

    def apply(self, change: Any, request: HttpRequest, rows: QuerySet, done: str) -> None:
        """Change each row in a transaction of its own, with an entry in the log. Show what was done or refused."""
        for row in rows.order_by("pk"):
            try:
                with transaction.atomic():
                    change(self.model, owner_id=row.owner_id, pk=row.pk)
                    self.log_change(request, row, done)
            except NameTaken as error:
                self.message_user(request, f"{row}: {error}", messages.ERROR)
            else:
                self.message_user(request, f"{row}: {done}")
