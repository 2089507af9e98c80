"""The routes of kits."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from core.pages.tabs import Tab
from core.translation import gettext_noop
from records.idempotency.decorators import idempotent
from trade.kits import pages, services
from trade.kits.filters import KitFilter
from trade.kits.models import Kit
from trade.kits.reading import attach_parts
from trade.kits.serializers import KitSerializer, WriteKitSerializer
from users.access.permissions import READ, WRITES, Tag, grant
from users.access.roles import Right
from users.reading.uses import shows
from web.view_bases import SparseFields
from web.viewsets import AttachedReadViewSet, RestorableViewSet, RowChanges, raise_404_if_missing


class KitViewSet(SparseFields, RowChanges, AttachedReadViewSet, RestorableViewSet):
    """Several products that are sold as one. A kit has no stock: its parts have. Deleting archives a kit."""

    tag = Tag("kits", "Several products that are sold as one: docs/kits.md.", after="groups", for_keys=True)
    root_link = "kits"
    tab = Tab(after="group-list", is_offered=shows("kits"))
    rights = READ | grant(Right.MANAGE_PRODUCTS, *WRITES, "restore")
    queryset = Kit.objects.order_by("id")
    serializer_class = KitSerializer
    filterset_class = KitFilter
    verbs = pages.VERBS
    has_form_pages = True
    devices = ("list",)
    forms_elsewhere = ("create", "update", "partial_update")
    pages = {"list": pages.KITS, "retrieve": pages.KIT}
    archived_note = gettext_noop("it can't be sold, and restoring brings it back.")
    attach = staticmethod(attach_parts)

    def get_serializer_class(self) -> Any:
        writes = self.action in ("create", "update", "partial_update")
        return WriteKitSerializer if writes else super().get_serializer_class()

    @extend_schema(request=WriteKitSerializer, responses={201: KitSerializer})
    @idempotent
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Add a kit."""
        return self.show(services.create_kit(by=self.user, **self.read_body()), status.HTTP_201_CREATED)

    @extend_schema(request=WriteKitSerializer, responses=KitSerializer)
    def update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Change the kit. What was sold or ordered of it stays as it was."""
        self.get_object()  # a missing kit is a 404 even if the body is malformed
        values = {"by": self.user, "pk": self.kwargs["pk"], "check": self.check_unchanged}
        with raise_404_if_missing():
            return self.show(services.change_kit(**values, **self.read_body(partial=kwargs.pop("partial", False))))

    def perform_destroy(self, instance: Kit) -> None:
        with raise_404_if_missing():
            services.archive_kit(owner_id=self.account_id, pk=instance.pk, check=self.check_unchanged)

    def perform_restore(self, pk: int) -> Kit:
        return services.restore_kit(owner_id=self.account_id, pk=pk)
