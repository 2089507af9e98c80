"""The routes of kits."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from core.lists.filters import (
    ArchivedFilterSet,
    BooleanFilter,
    InstantFilter,
    OrderingFilter,
    SearchFilter,
    StrictIntegerField,
)
from core.lists.row_filters import (
    MAX_VALUES,
    CodeFilter,
    ExternalIdFilter,
    MetadataFilterSet,
    RowFilter,
    ValueListFilter,
)
from core.pages.tabs import Tab
from products.filing.files import SentFile, import_action
from products.look_ups import PRODUCTS
from records.idempotency.decorators import idempotent
from trade.kits import files, pages, services
from trade.kits.import_services import import_kits
from trade.kits.models import Kit, KitPart
from trade.kits.pages import ImportKitsPage
from trade.kits.reading import attach_parts
from trade.kits.serializers import ImportedKitsSerializer, KitSerializer, WriteKitSerializer
from users.access.permissions import READ, WRITES, Tag, grant
from users.access.roles import Right
from users.reading import shows
from web.view_bases import FileOfList, SparseFields
from web.viewsets import AttachedReadViewSet, RestorableViewSet, RowChanges, raise_404_if_missing


class PartFilter(RowFilter):
    """The kits of which this product is a part."""

    def filter(self, qs: QuerySet, value: Any) -> QuerySet:
        return qs.filter(pk__in=KitPart.objects.filter(product=value).values("kit")) if value else qs


class KitFilter(MetadataFilterSet, ArchivedFilterSet):
    archived = BooleanFilter(method="return_unfiltered", label="The archived kits instead of the others")
    id__in = ValueListFilter(
        "id", "in", item=StrictIntegerField(), label=f"Up to {MAX_VALUES} ids, with commas between them"
    )
    search = SearchFilter(fields=["name", "sku", "barcode", "external_id"])
    product = PartFilter(PRODUCTS, label="Id of a product that is a part")
    sku = CodeFilter(label="Exact SKU; upper and lower case are the same")
    barcode = CodeFilter(label="Exact barcode")
    external_id = ExternalIdFilter()
    updated_after = InstantFilter("updated_at", "gte", label="Changed at this time or later")
    updated_before = InstantFilter("updated_at", "lt", label="Last changed before this time")
    ordering = OrderingFilter(fields=["name", "price", "created_at", "updated_at"])


IMPORT_EXAMPLE = (
    "kit,sku,price,part,quantity\nTea for two,KIT-TEA-2,39.00,TEA-SENCHA,1\nTea for two,KIT-TEA-2,39.00,TEA-GENMAI,2\n"
)


class KitViewSet(SparseFields, FileOfList, RowChanges, AttachedReadViewSet, RestorableViewSet):
    """Several products that are sold as one. A kit has no stock: its parts have. Archive keeps what was sold of it."""

    tag = Tag("kits", "Several products that are sold as one: docs/kits.md.", for_keys=True)
    root_link = "kits"
    tab = Tab(is_offered=shows("kits"))
    rights = READ | grant(Right.MANAGE_PRODUCTS, *WRITES, "restore", "import_kits")
    queryset = Kit.objects.order_by("id")
    serializer_class = KitSerializer
    filterset_class = KitFilter
    verbs = pages.VERBS
    devices = ("list",)
    forms_elsewhere = ("create", "update", "partial_update", "import_kits")
    pages = {"list": pages.KITS, "retrieve": pages.KIT}
    archived_note = "it can't be sold, and restoring brings it back."
    attach = staticmethod(attach_parts)
    file_labels, file_money = files.LABELS, files.MONEY

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

    @extend_schema(request=WriteKitSerializer, responses=KitSerializer)
    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Change the kit. What was sold or ordered of it stays as it was."""
        return super().partial_update(request, *args, **kwargs)

    def perform_destroy(self, instance: Kit) -> None:
        with raise_404_if_missing():
            services.archive_kit(owner_id=self.account_id, pk=instance.pk, check=self.check_unchanged)

    def perform_restore(self, pk: int) -> Kit:
        return services.restore_kit(owner_id=self.account_id, pk=pk)

    def list(self, *args: Any, **kwargs: Any) -> Any:
        """List the kits, the oldest first. A file has all of them, with a row for each part."""
        return super().list(*args, **kwargs)

    def export_rows(self, found: Any) -> Any:
        return files.export_rows(found)

    @import_action(ImportKitsPage, ImportedKitsSerializer, ("A kit of two parts", IMPORT_EXAMPLE))
    def import_kits(self, request: Request) -> Any:
        """Create and change kits from a CSV file or a workbook (.xlsx, .ods) with a row for each part, all or nothing.

        A kit is found by its SKU, its barcode or its name, and its rows are all of its parts. A file has up to 2,000
        rows.
        """
        return SentFile(self).import_table(files.TABLE, import_kits, files.read_kits)
