"""The routes of groups of variants. A variant is a product: products.views has its routes."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from core.pages.tabs import Tab
from products.filters import GroupFilter
from products.models import Group, Product
from products.reading.details import add_details
from products.serializers import ProductSerializer
from products.variants import pages as group_pages
from products.variants import serializers as group_serializers
from products.variants.reading import attach_sums
from products.variants.services import archive_group, change_group, restore_group
from records.idempotency.decorators import IdempotentCreate, idempotent
from stock.goods.variants import fill_group
from users.access.permissions import READ, WRITES, Tag, grant
from users.access.roles import Right
from users.reading import shows
from web.view_bases import SparseFields
from web.viewsets import AttachedReadViewSet, RestorableViewSet, RowChanges, raise_404_if_missing


class GroupViewSet(SparseFields, IdempotentCreate, RowChanges, AttachedReadViewSet, RestorableViewSet):
    """The groups of variants: products that differ in size or colour. A group has no stock and no price of its own."""

    tag = Tag("groups", "Groups of variants: products that differ in size or colour.", for_keys=True)
    root_link = "groups"
    tab = Tab(covers=("/shop/groups/",), is_offered=shows("variants"))
    rights = READ | grant(Right.MANAGE_PRODUCTS, *WRITES, "restore", "fill")
    queryset = Group.objects.order_by("id")
    serializer_class = group_serializers.GroupSerializer
    filterset_class = GroupFilter
    verbs = group_pages.VERBS
    form_fields = group_pages.FORM_FIELDS
    forms_elsewhere = ("fill",)
    pages = {"list": group_pages.GROUPS, "retrieve": group_pages.GROUP}
    archived_note = "its products stay, without a group, and restoring brings it back."
    attach = staticmethod(attach_sums)

    def get_serializer_class(self) -> Any:
        changes = self.action in ("update", "partial_update")
        return group_serializers.ChangeGroupSerializer if changes else super().get_serializer_class()

    def perform_create(self, serializer: Any) -> None:
        super().perform_create(serializer)
        self.attach([serializer.instance])

    def perform_update(self, serializer: Any) -> None:
        with raise_404_if_missing():
            values = {"by": self.user, "pk": self.kwargs["pk"], **serializer.validated_data}
            serializer.instance = change_group(check=self.check_unchanged, **values)
        self.attach([serializer.instance])

    def perform_destroy(self, instance: Any) -> None:
        with raise_404_if_missing():
            archive_group(owner_id=self.account_id, pk=instance.pk, check=self.check_unchanged)

    def perform_restore(self, pk: int) -> Group:
        return restore_group(owner_id=self.account_id, pk=pk)

    def destroy(self, *args: Any, **kwargs: Any) -> Any:
        """Archive the group. Its products stay as they are, and are in no group until it is restored."""
        return super().destroy(*args, **kwargs)

    @extend_schema(responses={201: group_serializers.FilledSerializer})
    @action(detail=True, methods=["post"], serializer_class=group_serializers.FillSerializer)
    @idempotent
    def fill(self, request: Request, **kwargs: Any) -> Response:
        """Create the products of the group that are missing: one for each combination of the values, up to 200.

        All are created, or none. Repeated, it creates nothing.
        """
        self.get_object()  # a missing group is a 404 even if the body is malformed
        products = add_details(Product.objects.for_user(self.user), self.user)
        with raise_404_if_missing():
            made = fill_group(by=self.user, group_id=self.kwargs["pk"], products=products, **self.read_body())
        rows = ProductSerializer(made, many=True, context=self.get_serializer_context())
        return Response({"products": rows.data}, status=status.HTTP_201_CREATED)
