"""Locations, lots, holdings and portions at the support desk. Only the shop and its bookings change them."""

from typing import Any, ClassVar

from django.contrib import admin

from core.support.admin import AccountFilter, LogAdmin, ReadOnlyAdmin, RowListFilter
from core.support.desk import Desk
from products.models import Product
from stock.models import Holding, Location, Lot, Movement, Portion


@admin.register(Location)
class LocationAdmin(ReadOnlyAdmin):
    desk = Desk()
    list_display = ("name", "account", "note", "archived_at", "created_at")
    list_filter: ClassVar[Any] = (AccountFilter, "archived_at")
    search_fields = ("name",)


@admin.register(Lot)
class LotAdmin(ReadOnlyAdmin):
    desk = Desk(title="Lots and their dates", of_account=True)
    list_display = ("code", "account", "product", "expires_on", "created_at")
    list_select_related: ClassVar[Any] = ("owner", "product")
    search_fields = ("code",)


class ProductListFilter(RowListFilter):
    title, parameter_name, model = "product", "product", Product


class LocationListFilter(RowListFilter):
    title, parameter_name, model = "location", "location", Location


class LotListFilter(RowListFilter):
    title, parameter_name, model = "lot", "lot", Lot


class MovementListFilter(RowListFilter):
    title, parameter_name, model = "movement", "movement", Movement


@admin.register(Holding)
class HoldingAdmin(ReadOnlyAdmin):
    desk = Desk(title="Stock by location and lot")
    list_display = ("product", "account", "location", "lot", "quantity")
    fields = ("account", "product", "location", "lot", "quantity")
    list_filter: ClassVar[Any] = (AccountFilter, ProductListFilter, LocationListFilter, LotListFilter)
    list_select_related: ClassVar[Any] = ("owner", "product", "location", "lot")


@admin.register(Portion)
class PortionAdmin(LogAdmin):
    desk = Desk(title="Movements by location and lot")
    list_display = ("movement", "account", "product", "location", "lot", "quantity")
    fields = ("account", "movement", "product", "location", "lot", "quantity")
    list_filter: ClassVar[Any] = (AccountFilter, MovementListFilter, LotListFilter)
    list_select_related: ClassVar[Any] = ("owner", "movement", "product", "location", "lot")
