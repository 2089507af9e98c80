"""Categories and products at the support desk."""

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest

from core.admin import AccountFilter, CatalogueAdmin
from core.transactions import atomic
from products import search
from products.models import Category, Product

MAX_FOUND = 50


@admin.register(Category)
class CategoryAdmin(CatalogueAdmin):
    list_display = ("name", "account", "created_at")
    search_fields = ("name",)


@admin.register(Product)
class ProductAdmin(CatalogueAdmin):
    """The pages of products. They show quantities, which only the ledger changes."""

    list_display = ("name", "account", "sku", "price", "quantity", "min_threshold", "archived_at")
    list_filter = (AccountFilter, "archived_at")
    search_fields = ("name", "sku", "barcode")
    autocomplete_fields = ("supplier", "category")
    search_help_text = "A SKU or barcode, or a part of a name."
    readonly_fields = ("quantity", "stock_sequence", "last_counted_at", "archived_at", "created_at", "updated_at")

    shares_catalogue = True

    def has_delete_permission(self, request: HttpRequest, obj: Product | None = None) -> bool:
        """Return True for a product without movements: Django would read all of them before it refused to delete."""
        return obj is not None and not obj.stock_sequence and super().has_delete_permission(request, obj)

    @atomic
    def delete_model(self, request: HttpRequest, obj: Product) -> None:
        """Delete the product. Raise PermissionDenied if its first movement was booked meanwhile."""
        product = Product.objects.select_for_update().filter(owner_id=obj.owner_id, pk=obj.pk).first()
        if product is not None and not self.has_delete_permission(request, product):
            raise PermissionDenied
        obj.delete()

    def get_search_results(self, request: HttpRequest, queryset: QuerySet, search_term: str) -> tuple[QuerySet, bool]:
        """Search live products by their whole code. If there is none, search all products by a part of name or code."""
        ids = [product.pk for product in search.find_products(search_term, MAX_FOUND)] if search_term else []
        if ids:
            return queryset.filter(pk__in=ids), False
        return super().get_search_results(request, queryset, search_term)
