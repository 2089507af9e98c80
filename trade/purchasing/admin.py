"""Purchase orders at the support desk. Nobody changes them there."""

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Q

from core.kinds import parse_id
from core.support.admin import AccountFilter, LogAdmin, ReadOnlyAdmin, RowListFilter
from core.support.desk import Desk
from trade.purchasing.models import Order, OrderLine, OrderState, Receipt
from trade.purchasing.price_lists.models import PriceList, PriceListChange


@admin.register(Order)
class OrderAdmin(ReadOnlyAdmin):
    desk = Desk(of_account=True, counted="Open purchase orders", found="purchase orders")
    list_display = ("id", "account", "supplier_name", "state", "expected_on", "reference", "created_at")
    search_fields = ("=reference", "id__exact")
    search_help_text = "The number or a whole reference."
    fields = (
        "supplier", "supplier_name", "state", "expected_on", "reference", "external_id", "note", "made_by",
        "made_by_username", "created_at", "updated_at", "sent_at", "closed_at",
        "mail_to", "mailed_at", "mail_due_at", "mail_tries", "mail_error",
    )  # fmt: skip

    def select_found(self, text: str) -> Any:
        """Return the purchase orders with this number or reference."""
        return Order.objects.filter(Q(pk=parse_id(text) or 0) | Q(reference=text))

    def select_counted(self, rows: Any) -> Any:
        return rows.exclude(state=OrderState.CLOSED)


class OrderListFilter(RowListFilter):
    title, parameter_name, model = "order", "order", Order


class OrderRowsAdmin(LogAdmin):
    """The base of the admin of rows that belong to an order."""

    list_display_links = ("id",)
    list_filter: ClassVar[Any] = (AccountFilter, OrderListFilter)


@admin.register(OrderLine)
class OrderLineAdmin(OrderRowsAdmin):
    desk = Desk()
    list_display = fields = (
        "id", "account", "order", "product", "name", "sku", "supplier_sku", "quantity", "unit", "pack_size",
        "unit_cost",
    )  # fmt: skip
    list_select_related: ClassVar[Any] = ("owner", "order", "product")


@admin.register(Receipt)
class ReceiptAdmin(OrderRowsAdmin):
    desk = Desk(title="Deliveries of orders")
    list_display = fields = ("id", "account", "order", "operation")
    list_select_related: ClassVar[Any] = ("owner", "order", "operation")


class PriceListFilter(RowListFilter):
    title, parameter_name, model = "price list", "price_list", PriceList


@admin.register(PriceList)
class PriceListAdmin(LogAdmin):
    desk = Desk(of_account=True)
    list_display = fields = (
        "id", "account", "supplier", "number", "file_name", "rows", "changed", "unknown", "made_by_username",
        "created_at", "undone_at",
    )  # fmt: skip
    list_display_links = ("id",)
    list_filter: ClassVar[Any] = (AccountFilter,)
    list_select_related: ClassVar[Any] = ("owner", "supplier")


@admin.register(PriceListChange)
class PriceListChangeAdmin(LogAdmin):
    desk = Desk()
    list_display = fields = ("id", "account", "price_list", "product", "line", "field", "old", "new", "is_new")
    list_display_links = ("id",)
    list_filter: ClassVar[Any] = (AccountFilter, PriceListFilter)
    list_select_related: ClassVar[Any] = ("owner", "price_list")
