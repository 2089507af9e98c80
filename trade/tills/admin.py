"""Tills and the numbers that they gave up, at the support desk. Nobody changes them there."""

from typing import Any, ClassVar

from django.contrib import admin

from core.support.admin import AccountFilter, LogAdmin, ReadOnlyAdmin, RowListFilter, column
from core.support.desk import Desk
from trade.tills.models import Drop, Till, attach_last_seen
from trade.tills.pages import write_ranges
from trade.tills.reading import find_gaps


@admin.register(Till)
class TillAdmin(ReadOnlyAdmin):
    desk = Desk(of_account=True, counted="Open tills", found="tills")
    list_display = ("name", "account", "user", "last_number", "missing", "created_at", "revoked_at")
    list_select_related = ("owner", "user")
    search_fields = ("name",)
    fields = (
        "name",
        "user",
        "key_prefix",
        "last_number",
        "missing",
        "unproven",
        "last_seen",
        "created_at",
        "revoked_at",
    )
    missing = column("missing numbers", lambda till: find_gaps(till.owner_id, [till.pk])[0].count_missing)
    unproven = column("may be missing", lambda till: write_ranges(find_gaps(till.owner_id, [till.pk])[0].unproven))
    last_seen = column("last seen", lambda till: attach_last_seen([till])[0].last_seen_at)

    def select_counted(self, rows: Any) -> Any:
        return rows.filter(revoked_at=None)


class TillFilter(RowListFilter):
    title, parameter_name, model = "till", "till", Till


@admin.register(Drop)
class DropAdmin(LogAdmin):
    desk = Desk(title="Numbers that tills gave up")
    list_display = ("id", "account", "till", "number", "note", "made_by_username", "created_at")
    fields = (*list_display, "sale")
    list_display_links = ("id",)
    list_filter: ClassVar[Any] = (AccountFilter, TillFilter)
