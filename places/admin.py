"""Locations and lots at the support desk. Only the shop changes them."""

from typing import Any, ClassVar

from django.contrib import admin

from core.admin import AccountFilter, ReadOnlyAdmin
from places.models import Location, Lot


@admin.register(Location)
class LocationAdmin(ReadOnlyAdmin):
    list_display = ("name", "account", "note", "archived_at", "created_at")
    list_filter: ClassVar[Any] = (AccountFilter, "archived_at")
    search_fields = ("name",)


@admin.register(Lot)
class LotAdmin(ReadOnlyAdmin):
    list_display = ("code", "account", "product", "expires_on", "created_at")
    list_select_related: ClassVar[Any] = ("owner", "product")
    search_fields = ("code",)
