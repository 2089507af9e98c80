"""Tills and the numbers that they gave up, at the support desk. Nobody changes them there."""

from typing import Any, ClassVar

from django.contrib import admin

from core.admin import AccountFilter, LogAdmin, ReadOnlyAdmin, RowListFilter
from tills.models import Drop, Till, attach_last_seen
from tills.reading import find_gaps


@admin.register(Till)
class TillAdmin(ReadOnlyAdmin):
    list_display = ("name", "account", "user", "last_number", "missing", "created_at", "revoked_at")
    list_select_related = ("owner", "user")
    search_fields = ("name",)
    fields = ("name", "user", "key_prefix", "last_number", "missing", "last_seen", "created_at", "revoked_at")

    @admin.display(description="missing numbers")
    def missing(self, obj: Till) -> int:
        [gaps] = find_gaps(obj.owner_id, [obj.pk])
        return gaps.count_missing

    @admin.display(description="last seen")
    def last_seen(self, obj: Till) -> Any:
        return attach_last_seen([obj])[0].last_seen_at


class TillFilter(RowListFilter):
    title, parameter_name, model = "till", "till", Till


@admin.register(Drop)
class DropAdmin(LogAdmin):
    list_display = ("id", "account", "till", "number", "note", "made_by_username", "created_at")
    fields = (*list_display, "sale")
    list_display_links = ("id",)
    list_filter: ClassVar[Any] = (AccountFilter, TillFilter)
