"""Categories and products at the support desk."""

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest

from core.admin import MAX_ROWS_COUNTED, AccountFilter, CatalogueAdmin
from core.pages.display import Display
from core.routers import parse_id
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

    list_display = ("name", "account", "sku", "money", "quantity", "min_threshold", "archived_at")
    list_filter = (AccountFilter, "archived_at")
    search_fields = ("name", "sku", "barcode")
    autocomplete_fields = ("supplier", "category")
    search_help_text = "A whole SKU or barcode; otherwise any part of a name, SKU or barcode."
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
        if not search_term:
            return queryset, False
        ids = [product.pk for product in search.find_products(search_term, MAX_FOUND)]
        return queryset.filter(pk__in=ids or self.find_by_part(request, search_term)), False

    def find_by_part(self, request: HttpRequest, text: str) -> list[int]:
        """Return the ids found among the products of the account in the query, or of all. Say if not all were read."""
        owner = request.GET.get(AccountFilter.parameter_name)
        found = search.find_by_part(
            text, MAX_ROWS_COUNTED + 1, owner_id=None if owner is None else parse_id(owner) or 0
        )
        if found.note:
            self.message_user(request, found.note, messages.WARNING)
        return found.ids

    @admin.display(description="price", ordering="price")
    def money(self, obj: Product) -> str:
        return Display.of(obj.owner).money(obj.price)
