"""The routes of the history, which list changes, the newest first, and their filters."""

from dataclasses import replace
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.utils.translation import gettext
from rest_framework import generics
from rest_framework.request import Request
from rest_framework.response import Response

from core.fields import are_costs_shown
from core.lists.filters import ChoiceFilter, InstantFilter, StrictFilterSet, TextFilter
from core.lists.pagination import LogPagination
from core.lists.row_filters import RowFilter
from core.pages.tables import TablePage
from products.models import Category, Product
from records.history import pages, reading
from records.history.models import COSTS, Change, ChangeQuerySet, Kind
from records.history.serializers import ChangeSerializer, ShopChangeSerializer
from suppliers.models import Supplier
from users.look_ups import USERS
from users.models import User
from users.permissions import READ, grant
from users.roles import Right
from users.view_bases import GenericApiView, ReplicaReads

Rows = list[dict[str, Any]]


class FieldFilter(TextFilter):
    """The changes of one field. Users who see no costs find no change of a cost."""

    def filter(self, qs: QuerySet, value: Any) -> QuerySet:
        if not value:
            return qs
        return qs.none() if value in COSTS and not are_costs_shown() else qs.filter(changes__has_key=value)


class ChangeFilter(StrictFilterSet):
    by = RowFilter(USERS, label="Id of the user who made the change")
    field = FieldFilter(max_length=64, label="The changed field: price, for instance")
    after = InstantFilter(field_name="at", lookup_expr="gte", label="At or after this time")
    before = InstantFilter(field_name="at", lookup_expr="lt", label="Before this time")


class ShopChangeFilter(ChangeFilter):
    kind = ChoiceFilter(choices=Kind.choices, label="What was changed")


class ChangesView(GenericApiView, generics.ListAPIView):
    """A list of changes."""

    pagination_class = LogPagination

    def get_queryset(self) -> ChangeQuerySet:
        return reading.select_changes(self.user)

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        rows = reading.describe_changes(self.paginate_queryset(self.filter_queryset(self.get_queryset())) or ())
        return self.get_paginated_response(self.get_serializer(self.add_names(rows), many=True).data)

    def add_names(self, rows: Rows) -> Rows:
        return rows


class ShopChangesView(ReplicaReads, ChangesView):
    """What changed in the shop: products, suppliers, categories, users and settings. Stock has its own history."""

    tag = root_link = "changes"
    rights = READ
    name = "What changed"
    queryset = Change.objects.all()
    serializer_class = ShopChangeSerializer
    filterset_class = ShopChangeFilter
    pages = {"get": pages.SHOP_CHANGES}

    def add_names(self, rows: Rows) -> Rows:
        names = reading.name_rows(self.user, rows)
        return [{**row, "row_name": names.get((row["kind"], row["row"]))} for row in rows]


class RowChangesView(ChangesView):
    """What changed in one row. Archived rows have a history, too."""

    name = "What changed"
    serializer_class = ChangeSerializer
    filterset_class = ChangeFilter
    pages = {"get": pages.ROW_CHANGES}
    queryset: Any  # selects the rows that have the history
    kind: ClassVar[Kind]

    def find_page(self) -> TablePage:
        """Return the page, which has the name of the row in its title."""
        return replace(pages.ROW_CHANGES, title=lambda _rows: f"{gettext('Changes')}: {self.get_object()}")

    def get_object(self) -> Any:
        """Return the row whose id is in the URL. Raise Http404."""
        return generics.get_object_or_404(self.get_rows(), pk=self.kwargs["pk"])

    def get_queryset(self) -> ChangeQuerySet:
        return super().get_queryset().filter(kind=self.kind, row_id=self.get_object().pk)

    def get_rows(self) -> Any:
        return self.queryset.for_user(self.user)


class ProductChangesView(RowChangesView):
    """What changed in a product, without its quantity. Archived products have a history, too."""

    tag, rights = "products", READ
    queryset, kind = Product.objects.all(), Kind.PRODUCT


class SupplierChangesView(RowChangesView):
    """What changed in a supplier. Archived suppliers have a history, too."""

    tag, rights = "suppliers", READ
    queryset, kind = Supplier.objects.all(), Kind.SUPPLIER


class CategoryChangesView(RowChangesView):
    """What changed in a category. Archived categories have a history, too."""

    tag, rights = "categories", READ
    queryset, kind = Category.objects.all(), Kind.CATEGORY


class UserChangesView(RowChangesView):
    """What changed in a user of the shop."""

    tag, rights = "users", grant(Right.MANAGE_USERS, "get")
    queryset, kind = User.objects.all(), Kind.USER

    def get_rows(self) -> Any:
        return User.objects.visible_to(self.user)
