"""Products and their pictures at the support desk."""

from functools import partial
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest

from core.database.constraints import any_of
from core.database.transactions import atomic
from core.kinds import parse_id
from core.money.currencies import check_decimals
from core.pages.columns import Display
from core.pages.form_fields import OwnedForm
from core.support.admin import (
    MAX_ROWS_COUNTED,
    AccountFilter,
    ArchivableAdmin,
    CatalogueAdmin,
    ReadOnlyAdmin,
    show_rows,
)
from products import search
from products.codes.services import NewCode, confirm_codes, describe_taken, find_taken
from products.models import (
    IN_PRODUCT,
    Category,
    Code,
    CustomField,
    Group,
    Offer,
    Picture,
    Product,
    Profile,
    Tax,
    find_low,
)
from products.offers.errors import TooManyOffers
from products.offers.services import check_new_supplier, take_supplier
from records.events.models import Event, EventType
from records.events.services import record_changed_levels
from records.history.models import recorded
from stock.errors import HasStock, UnitFixed
from stock.goods.services import check_stock_kept, check_unit

MAX_FOUND = 50


class ProductForm(OwnedForm):
    """The form of a product. It refuses a SKU or barcode that is a further code, and a unit that is not allowed."""

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        try:
            check_stock_kept(Product.objects.get(pk=self.instance.pk) if self.instance.pk else Product(), cleaned)
        except HasStock as error:
            self.add_error("keeps_stock", str(error))
        if not cleaned.get("keeps_stock", True):
            self.changed_data.append("min_threshold")  # it becomes null, too, and only changed fields are saved
        if self.instance.pk and "supplier" in self.changed_data:
            try:
                check_new_supplier(Product.objects.get(pk=self.instance.pk), cleaned.get("supplier"))
            except TooManyOffers as error:
                self.add_error("supplier", str(error))
        names = [name for name in ("barcode", "sku") if name in self.changed_data and cleaned.get(name)]
        self.new_codes = [NewCode(cleaned[name], name, self.instance.pk) for name in names]
        for taken in find_taken(self.instance.owner_id, self.new_codes):
            self.add_error(taken.field, describe_taken(taken))
        return cleaned

    def clean_unit(self) -> str:
        unit: str = self.cleaned_data["unit"]
        if self.instance.pk and "unit" in self.changed_data:
            try:
                check_unit(Product.objects.get(pk=self.instance.pk), unit)
            except UnitFixed as error:
                raise ValidationError(str(error.detail)) from error
        return unit


@admin.register(Picture)
class PictureAdmin(ReadOnlyAdmin):
    """The admin of pictures. It does not show them, and its list does not read them."""

    group = "Goods"
    fields = ("account", "product", "digest", "created_at", "updated_at")
    list_display = ("product", "account", "updated_at")
    list_select_related: ClassVar[Any] = ("owner", "product")

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).defer("large", "small")


@admin.register(Product)
class ProductAdmin(CatalogueAdmin):
    """The admin of products. Its pages show quantities, but only the ledger changes these."""

    group = "Goods"
    of_account = True
    found = "products"
    form = ProductForm
    fields = (
        "account", "name", "sku", "barcode", "external_id", "further_codes", "quantity", "unit", "decimals",
        "min_threshold", "price", "cost_price", "stock_value", "category", "supplier", "supplier_sku", "pack_size",
        "tax", "expiration_date", "description", "movements_booked", "last_counted_at", "archived_at", "created_at",
        "updated_at",
    )  # fmt: skip
    list_display = ("name", "account", "sku", "money", "quantity", "min_threshold", "archived_at")
    list_filter = (AccountFilter, "archived_at")
    search_fields = ("name", "sku", "barcode")
    autocomplete_fields = ("supplier", "category", "tax")
    search_help_text = "A whole SKU or barcode; otherwise any part of a name, SKU or barcode."
    readonly_fields = (
        "further_codes", "quantity", "decimals", "stock_value", "movements_booked", "last_counted_at", "archived_at",
        "created_at", "updated_at",
    )  # fmt: skip

    shares_catalogue = True

    def find(self, text: str, limit: int) -> QuerySet:
        """Return the products with this code. If there are none, return those with the text in their name or code."""
        if by_code := search.find_products_by_code(text, limit):
            return by_code
        found = search.find_by_part(text, limit)
        rows: Any = Product.objects.filter(pk__in=found.ids).select_related("owner").order_by("-id")
        rows.note = found.note
        return rows  # type: ignore[no-any-return]

    def get_fields(self, request: HttpRequest, obj: Product | None = None) -> Any:
        """Return the fields, with those that are not named above. Read-only prices are shown with the currency."""
        named: Any = super().get_fields(request, obj)
        fields = [*named, *Product.list_further(named)]
        if self.has_change_permission(request, obj):
            return fields
        return [{"price": "money", "cost_price": "cost"}.get(name, name) for name in fields]

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """Return the form, with the currency of the account beside the prices."""
        currency = Display.of(obj.owner).currency if obj else ""
        texts = dict.fromkeys(("price", "cost_price"), f"In {currency}." if currency else "The shop has no currency.")
        form = super().get_form(request, obj, change, help_texts=texts, **kwargs)
        for name in texts.keys() & form.base_fields.keys():
            form.base_fields[name].validators.append(partial(check_decimals, currency=currency))
        return form

    def has_delete_permission(self, request: HttpRequest, obj: Product | None = None) -> bool:
        """Return True for a product without movements, further codes, a profile and offers. Others can't be deleted.

        This is checked here because Django would read all movements before it refused.
        """
        if obj is None or obj.stock_sequence or obj.code_count or obj.has_profile:
            return False
        has_offers = Offer.objects.filter(owner_id=obj.owner_id, product_id=obj.pk).exists()
        return not has_offers and super().has_delete_permission(request, obj)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        with recorded(Product, obj.owner_id, [obj.pk]) as changes:
            locked = Product.objects.get(owner_id=obj.owner_id, pk=obj.pk)
            were_low = find_low(locked, {"min_threshold": obj.min_threshold})
            if "supplier" in form.changed_data:
                given = {name: getattr(obj, name) for name in form.changed_data if name in (*IN_PRODUCT, "supplier")}
                taken = take_supplier(locked, given)
                form.changed_data += taken
                for name, value in taken.items():
                    setattr(obj, name, value)
            super().save_model(request, obj, form, change)
        Event.objects.record_changed(obj.owner_id, changes)
        record_changed_levels(obj.owner_id, were_low)
        confirm_codes(obj.owner_id, form.new_codes)

    @atomic
    def delete_model(self, request: HttpRequest, obj: Product) -> None:
        """Delete the product. Raise PermissionDenied if its first movement was booked meanwhile."""
        product = Product.objects.select_for_update().filter(owner_id=obj.owner_id, pk=obj.pk).first()
        if product is not None and not self.has_delete_permission(request, product):
            raise PermissionDenied
        Event.objects.record_products(owner_id=obj.owner_id, event_type=EventType.PRODUCT_ARCHIVED, products=[obj.pk])
        obj.delete()

    def get_search_results(self, request: HttpRequest, queryset: QuerySet, search_term: str) -> tuple[QuerySet, bool]:
        """Search live products by their whole code.

        If none has it, search all products by a part of the name or code.
        """
        if not search_term:
            return queryset, False
        ids = [product.pk for product in search.find_products_by_code(search_term, MAX_FOUND)]
        return queryset.filter(any_of("id", ids or self.find_by_part(request, search_term))), False

    def find_by_part(self, request: HttpRequest, text: str) -> list[int]:
        """Return the ids found in the query's account, or in all accounts.

        Show a message if not all products were read.
        """
        owner = request.GET.get(AccountFilter.parameter_name)
        owner_id = None if owner is None else parse_id(owner) or 0
        found = search.find_by_part(text, MAX_ROWS_COUNTED + 1, owner_id)
        if found.note:
            self.message_user(request, found.note, messages.WARNING)
        return found.ids

    @admin.display(description="movements booked")
    def movements_booked(self, obj: Product) -> str:
        return f"{obj.stock_sequence:,}"

    @admin.display(description="further codes")
    def further_codes(self, obj: Product) -> str:
        rows = Code.objects.filter(owner_id=obj.owner_id, product_id=obj.pk).order_by("id") if obj.code_count else ()
        return ", ".join(f"{row.code} = {row.quantity}" for row in rows) or "-"

    @admin.display(description="cost price")
    def cost(self, obj: Product) -> str:
        return "-" if obj.cost_price is None else Display.of(obj.owner).money(obj.cost_price)

    @admin.display(description="price", ordering="price")
    def money(self, obj: Product) -> str:
        return Display.of(obj.owner).money(obj.price)


show_goods = partial(show_rows, more=None, base=ReadOnlyAdmin, group="Goods")
show_goods(
    Category,
    "name account archived_at created_at",
    base=ArchivableAdmin,
    of_account=True,
    search_fields=("name",),
)
show_goods(Code, "code account product quantity is_live", search_fields=("code",), title="Further barcodes")
# What the preferred offer of a product has is on the page of the product.
show_rows(
    Offer,
    "id account product supplier supplier_sku pack_size cost_price min_packs lead_days note created_at updated_at",
    filters="product",
    title="Offers of suppliers",
    group="Goods",
)
show_goods(Group, "name account axes archived_at", search_fields=("name",), title="Groups of variants")
show_goods(CustomField, "label account key type archived_at", search_fields=("key", "label"))
show_goods(Tax, "name account rate archived_at", search_fields=("name",))
show_goods(Profile, "product account group tags", title="Values of own fields, and tags")
