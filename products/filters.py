"""The query parameters of the lists of products and categories."""

from datetime import date
from typing import Any

from django.db.models import Case, Q, QuerySet, Value, When
from django.db.models.functions import Lower
from django.db.models.lookups import Exact

from core.fields import MAX_QUANTITY
from core.lists import filters
from core.lists.row_filters import (
    EXTERNAL_ID,
    MAX_VALUES,
    CodeFilter,
    CodeListFilter,
    ExternalIdFilter,
    RowFilter,
    ValueListFilter,
    filter_by_codes,
)
from core.texts.barcodes import GTIN, list_keys, read_word
from core.texts.folding import spell
from products.attributes.filters import PREFIXES, ProfileFilter, TagFilter, make_filters
from products.codes.reading.scanning import find_shared_gtins
from products.look_ups import CATEGORIES, GROUPS, MAX_SIMILAR
from products.models import as_gtin
from products.models.sql_codes import GTIN_DIGITS
from products.models.sql_profiles import IN_GROUP
from products.querysets import BOOLEAN, ProductQuerySet, make_expression
from products.reading.details import exclude_expired, select_expired, select_expiring
from products.reading.figures import MATCHES_WORD
from products.search import find_similar
from suppliers.look_ups import SUPPLIERS

ID, SKU = filters.StrictIntegerField(), filters.StrictTextField(max_length=64)


class CategoryFilter(filters.ArchivedFilterSet):
    archived = filters.BooleanFilter(method="return_unfiltered", label="The archived categories instead of the others")
    search = filters.SearchFilter(fields=["name"])
    ordering = filters.OrderingFilter(fields=["name", "created_at"])


class GroupFilter(CategoryFilter):
    archived = filters.BooleanFilter(method="return_unfiltered", label="The archived groups instead of the others")


class ProductSearchFilter(filters.SearchFilter):
    """A search in all texts of products, also in those beside their rows."""

    def match(self, words: list[str]) -> Q:
        user = self.parent.request.user
        return Q(*(make_expression(MATCHES_WORD, BOOLEAN, user, word=spell(read_word(word))) for word in words))


class SimilarFilter(filters.TextFilter):
    """`?similar=`: the few products whose names are spelt most like the text, the best first."""

    def filter(self, qs: QuerySet, value: Any) -> QuerySet:
        if not value:
            return qs
        account = getattr(self.parent.request.user, "account_id", None)
        ids = find_similar(account, value, MAX_SIMILAR) if account else []
        places = [When(pk=pk, then=place) for place, pk in enumerate(ids)]
        return qs.filter(pk__in=ids).order_by(Case(*places)) if ids else qs.none()


class BarcodeFilter(CodeFilter):
    """A filter by a whole barcode. An exact match comes first, then the GTIN in another form, as in a scan."""

    def filter(self, qs: QuerySet, value: Any) -> QuerySet:
        if not value:
            return qs
        *forms, last = [self.filter_by_form(qs, *key) for key in list_keys(self.field_name, value)]
        return next((found for found in forms if found.exists()), last)

    def filter_by_form(self, qs: QuerySet, field: str, code: str) -> QuerySet:
        if field != GTIN:
            return filter_by_codes(qs, field, [code])
        # The condition repeats that of the index of GTINs, so that PostgreSQL can use the index.
        return qs.filter(Exact(as_gtin(self.field_name), code), barcode__regex=GTIN_DIGITS)


class ProductFilter(filters.ArchivedFilterSet):
    prefixes = PREFIXES

    id__in = ValueListFilter("id", "in", item=ID, label=f"Up to {MAX_VALUES} ids, with commas between them")
    sku__in = CodeListFilter("sku", item=SKU, label=f"Up to {MAX_VALUES} whole SKUs, ignoring case, with commas")
    external_id__in = CodeListFilter(
        "external_id", item=EXTERNAL_ID, label=f"Up to {MAX_VALUES} whole ids in another program, with commas"
    )
    sku = CodeFilter(label="Exact SKU; upper and lower case are the same")
    barcode = BarcodeFilter(label="Exact barcode; a GTIN in any of its forms")
    external_id = ExternalIdFilter()
    category = filters.TextFilter(
        method="filter_category", label="Id or name, ignoring case", max_length=255, look_up=CATEGORIES
    )
    supplier = RowFilter(SUPPLIERS, field_name="supplier_id", label="Id of a supplier")
    group = RowFilter(GROUPS, method="filter_group", label="Id of a group of variants")
    min_price = filters.AmountFilter("price", "gte", label="This price or more")
    max_price = filters.AmountFilter("price", "lte", label="This price or less")
    low_stock = filters.BooleanFilter(method="filter_low_stock", label="As little in stock as “Low at”, or less")
    threshold = filters.IntegerFilter(
        method="return_unfiltered",
        max_value=MAX_QUANTITY,
        label="With low stock: this number instead of “Low at” of each product",
    )
    keeps_stock = filters.BooleanFilter(label="Its stock is counted")
    in_stock = filters.BooleanFilter(method="filter_in_stock", label="More than 0 in stock")
    same_gtin = filters.BooleanFilter(
        method="filter_same_gtin", label="Another product has the same GTIN in another form"
    )
    expired = filters.BooleanFilter(method="filter_expired", label="It, or a lot of it in stock, has expired")
    expires_after = filters.DateFilter(
        method="filter_expiring", label="It, or a lot of it in stock, expires on this date or later"
    )
    expires_before = filters.DateFilter(
        method="filter_expiring", label="It, or a lot of it in stock, expires before this date"
    )
    updated_after = filters.InstantFilter(
        "updated_at", "gte", label="Changed at this time or later, also by a movement"
    )
    updated_before = filters.InstantFilter("updated_at", "lt", label="Last changed before this time")
    archived = filters.BooleanFilter(method="return_unfiltered", label="The archived products instead of the others")
    search = ProductSearchFilter(
        label="Words to look for in name, description, SKU, barcodes, external id, supplier's SKU, category, group,"
        " options, tags and texts of own fields, ignoring case and accents"
    )
    similar = SimilarFilter(
        label=f"Up to {MAX_SIMILAR} products whose names are spelt most like this, if `search` finds nothing"
    )
    ordering = filters.OrderingFilter(
        fields=["name", "price", "quantity", "expiration_date", "created_at", "updated_at"]
    )

    tag = TagFilter()

    @classmethod
    def make_own_filters(cls, request: Any) -> dict[str, ProfileFilter]:
        return make_filters(request)

    def filter_category(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        category = filters.parse_id_or_name(value)
        if isinstance(category, int):
            return queryset.filter(category_id=category)
        return queryset.filter(category__name__lower=Lower(Value(category)))

    def filter_group(self, queryset: ProductQuerySet, name: str, value: int) -> QuerySet:
        return queryset.filter(make_expression(IN_GROUP, BOOLEAN, self.request.user, group=value))

    def filter_low_stock(self, queryset: ProductQuerySet, name: str, value: bool) -> QuerySet:
        threshold = self.form.cleaned_data["threshold"]
        low = {"is_low_stock": True} if threshold is None else {"quantity__lte": threshold, "keeps_stock": True}
        return queryset.filter(**low) if value else queryset.exclude(**low)

    def filter_in_stock(self, queryset: ProductQuerySet, name: str, value: bool) -> QuerySet:
        return queryset.filter(quantity__gt=0) if value else queryset.filter(quantity=0)

    def filter_same_gtin(self, queryset: ProductQuerySet, name: str, value: bool) -> QuerySet:
        shared = Q(pk__in=find_shared_gtins(self.request.user))
        return queryset.filter(shared if value else ~shared)

    def filter_expired(self, queryset: ProductQuerySet, name: str, value: bool) -> QuerySet:
        return (select_expired if value else exclude_expired)(queryset, self.request.user)

    def filter_expiring(self, queryset: ProductQuerySet, name: str, value: date) -> QuerySet:
        """Filter by both dates at once, because the stock must expire between them."""
        first, end = (self.form.cleaned_data[field] for field in ("expires_after", "expires_before"))
        if first and name == "expires_before":
            return queryset
        return select_expiring(queryset, self.request.user, first, end)
