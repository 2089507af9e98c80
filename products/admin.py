from django.contrib import admin

from inventory_api.admin import AccountFilter, OwnedAdmin
from products.models import Category, Product


@admin.register(Category)
class CategoryAdmin(OwnedAdmin):
    list_display = ("name", "account", "created_at")
    search_fields = ("name",)


@admin.register(Product)
class ProductAdmin(OwnedAdmin):
    """Quantities are shown, and changed by nobody here: they are the ledger's."""

    list_display = ("name", "account", "sku", "price", "quantity", "min_threshold", "archived_at")
    list_filter = (AccountFilter, "archived_at")
    search_fields = ("name", "sku", "barcode")
    autocomplete_fields = ("supplier", "category")
    readonly_fields = ("quantity", "stock_sequence", "last_counted_at", "archived_at", "created_at", "updated_at")
