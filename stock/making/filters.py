"""The query parameters of the list of recipes."""

from typing import Any

from django.db.models import QuerySet

from core.lists import filters
from core.lists.row_filters import RowFilter
from products.look_ups import PRODUCTS
from stock.models import RecipePart


class RecipeOfPartFilter(RowFilter):
    """The recipes that need this product."""

    def filter(self, qs: QuerySet, value: Any) -> QuerySet:
        return qs.filter(pk__in=self.find_recipes(value)) if value else qs

    def find_recipes(self, product_id: int) -> QuerySet:
        parts = RecipePart.objects.for_user(self.parent.request.user)
        return parts.filter(product=product_id).values("recipe")


class RecipeFilter(filters.StrictFilterSet):
    product = RowFilter(PRODUCTS, field_name="product_id", label="Id of the product that is made")
    part = RecipeOfPartFilter(PRODUCTS, label="Id of a product that is a part")
