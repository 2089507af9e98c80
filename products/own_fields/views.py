"""The routes of the shop's own fields."""

from typing import Any

from django.utils.translation import gettext_lazy

from core.lists import filters
from core.pages.tabs import YOUR_SHOP, Tab
from core.translation import gettext_noop
from products.models import CustomField
from products.own_fields import pages as field_pages
from products.own_fields import services as own_fields
from products.own_fields.serializers import FieldSerializer
from records.idempotency.decorators import IdempotentCreate
from users.access.permissions import READ, WRITES, Tag, grant
from users.access.roles import Right
from users.reading import shows
from web.view_bases import SparseFields
from web.viewsets import RestorableViewSet, RowChanges, raise_404_if_missing


class FieldFilter(filters.ArchivedFilterSet):
    archived = filters.BooleanFilter(method="return_unfiltered", label="The archived fields instead of the others")


class FieldViewSet(SparseFields, IdempotentCreate, RowChanges, RestorableViewSet):
    """The fields that the shop has added to its products. Archiving a field keeps its values."""

    tag = Tag("fields", "The fields that the shop has added to its products: docs/products.md.", for_keys=True)
    root_link = "fields"
    tab = Tab(
        group=YOUR_SHOP,
        about=gettext_lazy("What you note about products beside the usual."),
        is_offered=shows("fields"),
    )
    list_name = gettext_noop("Own fields")
    rights = READ | grant(Right.MANAGE_PRODUCTS, *WRITES, "restore")
    queryset = CustomField.objects.order_by("position", "id")
    serializer_class = FieldSerializer
    verbs = field_pages.VERBS
    form_fields = field_pages.FORM_FIELDS
    pages = {"list": field_pages.FIELDS, "retrieve": field_pages.FIELD}
    filterset_class = FieldFilter
    archived_note = "products keep its values, and restoring brings them back."

    def perform_create(self, serializer: Any) -> None:
        serializer.instance = own_fields.create_field(owner_id=self.account_id, **serializer.validated_data)

    def perform_update(self, serializer: Any) -> None:
        with raise_404_if_missing():
            serializer.instance = own_fields.change_field(
                owner_id=self.account_id, pk=self.kwargs["pk"], check=self.check_unchanged, **serializer.validated_data
            )

    def perform_restore(self, pk: int) -> CustomField:
        return own_fields.restore_field(owner_id=self.account_id, pk=pk)
