"""Kits at the support desk. Nobody changes them there."""

from typing import Any, ClassVar

from django.contrib import admin

from core.support.admin import AccountFilter, LogAdmin, ReadOnlyAdmin, RowListFilter
from core.support.desk import Desk
from trade.kits.models import Kit, KitPart, SoldKit


@admin.register(Kit)
class KitAdmin(ReadOnlyAdmin):
    desk = Desk(of_account=True, found="kits")
    list_display = ("id", "account", "name", "sku", "barcode", "price", "archived_at", "created_at")
    list_select_related: ClassVar[Any] = ("owner",)
    search_fields = ("name", "sku", "barcode", "external_id")
    fields = (
        "name", "sku", "barcode", "external_id", "price", "description", "archived_at", "created_at", "updated_at",
    )  # fmt: skip


class KitListFilter(RowListFilter):
    title, parameter_name, model = "kit", "kit", Kit


@admin.register(KitPart)
class KitPartAdmin(LogAdmin):
    desk = Desk()
    list_display = fields = ("id", "account", "kit", "product", "quantity")
    list_display_links = ("id",)
    list_filter: ClassVar[Any] = (AccountFilter, KitListFilter)
    list_select_related: ClassVar[Any] = ("owner", "kit", "product")


@admin.register(SoldKit)
class SoldKitAdmin(LogAdmin):
    desk = Desk()
    list_display = fields = ("id", "account", "operation", "kit", "name", "sku", "quantity", "unit_price", "total")
    list_display_links = ("id",)
    list_filter: ClassVar[Any] = (AccountFilter, KitListFilter)
    list_select_related: ClassVar[Any] = ("owner", "operation", "kit")
