"""The routes of recipes and makings."""

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from core.http.renderers import Changed
from core.lists import filters
from core.lists.row_filters import RowFilter
from core.pages.tabs import Tab
from products.look_ups import PRODUCTS
from products.models import Product
from records.idempotency.decorators import idempotent
from stock.booking.drafts import OperationDraft, get_remarks
from stock.line_fields import call_service
from stock.making import making_pages, serializers, services
from stock.making.serializers import MakingSerializer, RecipeSerializer, WriteRecipeSerializer, make_making
from stock.models import OperationReason, Recipe, RecipePart
from stock.reading.parts import attach_parts
from stock.serializers import OperationSerializer, serialize_booked_operation
from users.access.permissions import READ, grant
from users.access.roles import Right
from users.reading import shows
from web.view_bases import FileOfList, GenericApiView, created
from web.viewsets import AttachedReadViewSet, ETagMixin, raise_404_if_missing


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


class RecipeViewSet(FileOfList, ETagMixin, AttachedReadViewSet):
    """What products are made of. The history of a product has the changes of its recipe."""

    tag, root_link = "products", "recipes"
    rights = READ | grant(Right.MANAGE_PRODUCTS, "update", "destroy")
    list_name, row_name = "Recipes", "Recipe"
    queryset = Recipe.objects.select_related("product").order_by("id")
    serializer_class = RecipeSerializer
    filterset_class = RecipeFilter
    tab = Tab(is_offered=shows("making"))
    verbs = making_pages.VERBS
    forms_elsewhere = ("update",)
    pages = {"list": making_pages.RECIPES, "retrieve": making_pages.RECIPE}
    attach = staticmethod(attach_parts)
    file_labels = serializers.LABELS

    def get_serializer_class(self) -> Any:
        return WriteRecipeSerializer if self.action == "update" else RecipeSerializer

    def get_queryset(self) -> Any:
        """Return the recipes. The list omits those of archived products."""
        rows = super().get_queryset()
        return rows.filter(product__archived_at=None) if self.action == "list" else rows

    def get_object(self) -> Recipe:
        recipe: Recipe = get_object_or_404(self.get_queryset(), product_id=self.kwargs["product_id"])
        return recipe

    def check_recipe(self, recipe: Recipe | None) -> None:
        """Raise Changed if the client expects another recipe, or one where there is none."""
        if recipe is not None:
            self.check_unchanged(recipe)
        elif "If-Match" in self.request.headers:
            raise Changed

    def list(self, *args: Any, **kwargs: Any) -> Any:
        """List the recipes, the oldest first. A file has all of them, with a row for each part."""
        return super().list(*args, **kwargs)

    def export_rows(self, found: Any) -> Any:
        return serializers.export_rows(self.user, found)

    @extend_schema(request=WriteRecipeSerializer, responses=RecipeSerializer)
    def update(self, request: Request, **kwargs: Any) -> Response:
        """Set what the product is made of. Nothing may be made of itself, not even over several recipes."""
        product_id = self.kwargs["product_id"]
        get_object_or_404(Product.objects.for_user(self.user).live(), pk=product_id)  # even if the body is malformed
        with raise_404_if_missing():
            services.write_recipe(by=self.user, product_id=product_id, check=self.check_recipe, **self.read_body())
        return self.show(self.get_object())

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, **kwargs: Any) -> Response:
        """Delete the recipe. What was made by it stays."""
        with raise_404_if_missing():
            services.delete_recipe(by=self.user, product_id=self.kwargs["product_id"], check=self.check_recipe)
        return Response(status=status.HTTP_204_NO_CONTENT)


class MakingView(GenericApiView):
    """Make products of their parts, or take them apart."""

    tag, rights = "stock", grant(Right.WORK, "post")
    serializer_class = MakingSerializer
    forms_elsewhere = ("post",)

    @extend_schema(responses={201: OperationSerializer})
    @idempotent
    def post(self, request: Request) -> Response:
        """Make a product as its recipe says, or of what was `used`, by one operation: all of it or nothing.

        The parts go out, and the product comes in with exactly their value. With `take_apart` it is the other way
        round, and the parts share the value of the product.
        """
        values = self.read_body()
        remarks = {**get_remarks(values), "occurred_at": values.get("occurred_at")}
        draft = OperationDraft(by=self.user, reason=OperationReason.MAKING, **remarks)
        asked = {"draft": draft, "making": make_making(values), "lines": values.get("used")}
        movements = call_service(services.make, asked)
        return created(serialize_booked_operation(movements))
