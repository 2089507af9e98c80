from django.contrib import admin

from inventory_api.admin import OwnedAdmin
from products.models import Category, Product


@admin.register(Category)
class CategoryAdmin(OwnedAdmin):
    list_display = ("name", "owner", "created_at")
    search_fields = ("name", "owner__username")


@admin.register(Product)
class ProductAdmin(OwnedAdmin):
    """Quantities are shown, and changed by nobody here: they are the ledger's."""

    list_display = ("name", "owner", "sku", "price", "quantity", "min_threshold", "archived_at")
    list_filter = ("archived_at",)
    search_fields = ("name", "sku", "barcode", "owner__username")
    autocomplete_fields = ("supplier", "category")
    readonly_fields = ("quantity", "stock_sequence", "last_counted_at", "archived_at", "created_at", "updated_at")
