"""The routes of the ledger: count, transfer, read, seal and verify. No route changes or deletes a row."""

from itertools import chain
from typing import Any

from django.db.models import QuerySet
from django.http import StreamingHttpResponse
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import generics, mixins, status
from rest_framework.request import Request
from rest_framework.response import Response

from core.lists.pagination import LogPagination, ProductLogPagination
from core.serializers import EmptySerializer
from products.models import Product
from records.idempotency.decorators import idempotent
from stock import booking_fields as bodies
from stock import serializers
from stock.booking import services
from stock.booking.drafts import OperationDraft, get_remarks
from stock.filters import CountFilter, HistoryFilter, ItemChangeFilter
from stock.line_fields import call_service
from stock.models import Movement, OperationReason, Seal, StockCount
from stock.pages import COUNTS, HISTORY, ITEM_CHANGES, SEAL, SEAL_PAGE, SEALS, VERIFICATION
from stock.proofs import services as seals
from stock.proofs.verification import verify_ledger
from stock.reading import operations as logs
from users.access.permissions import READ, grant
from users.access.roles import Right
from web.view_bases import GenericApiView, ListRowsMixin, ReplicaReads, created, file_action
from web.viewsets import OwnedReadViewSet


class CountView(ReplicaReads, ListRowsMixin, generics.ListAPIView):
    """The counts of the shop's products, the newest first."""

    tag, root_link = "stock", "counts"
    rights = READ | grant(Right.WORK, "post")
    devices = ("post",)
    name = "Counts"
    queryset = StockCount.objects.detailed()
    serializer_class = bodies.CountSerializer
    filterset_class = CountFilter
    pagination_class = LogPagination
    pages = {"get": COUNTS}
    forms_elsewhere = ("post",)

    def get_queryset(self) -> QuerySet:
        return StockCount.objects.detailed().for_user(self.user)

    @extend_schema(operation_id="stock_counts_list", responses=serializers.KeptCountSerializer(many=True))
    def get(self, request: Request) -> Response:
        """List every counted line, also those that matched, the newest first."""
        return self.list_rows(self.get_queryset(), serializers.KeptCountSerializer)

    @extend_schema(operation_id="stock_counts", responses={201: serializers.CountResultSerializer})
    @idempotent
    def post(self, request: Request) -> Response:
        """Set quantities to what was counted, and book the differences.

        What has happened after a line's `counted_at` stays booked. Without it the counted quantity is set, even if the
        stock has moved since.
        """
        values = self.read_body()
        draft = OperationDraft(by=self.user, reason=OperationReason.COUNT, **get_remarks(values))
        operation, counted = call_service(services.count_stock, {"draft": draft, "lines": values["lines"]})
        result = {"operation": operation.pk if operation else None, "lines": counted}
        return created(serializers.CountResultSerializer(result).data)


class TransferView(GenericApiView):
    """Move stock between locations."""

    tag, rights = "stock", grant(Right.WORK, "post")
    serializer_class = bodies.TransferSerializer
    forms_elsewhere = ("post",)

    @extend_schema(responses={201: serializers.OperationSerializer})
    @idempotent
    def post(self, request: Request) -> Response:
        """Move 1 to 500 products as one operation, all or none. Quantities stay, goods keep their lots."""
        values = self.read_body()
        draft, places = bodies.make_transfer(values, by=self.user), {"source": values["from"], "target": values["to"]}
        movements = call_service(services.transfer, {"draft": draft, **places, "lines": values["lines"]})
        return created(serializers.serialize_booked_operation(movements))


class ItemChangesView(ReplicaReads, ListRowsMixin, generics.ListAPIView):
    """Every change of a quantity, newest first. A transfer between locations changes none."""

    tag, root_link, rights = "items", "item-changes", READ
    queryset = Movement.objects.detailed()
    serializer_class = serializers.ItemChangeSerializer
    filterset_class = ItemChangeFilter
    pages = {"get": ITEM_CHANGES}
    pagination_class = LogPagination

    def get_queryset(self) -> QuerySet:
        return Movement.objects.detailed().for_user(self.user).without_transfers(self.account_id)

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return self.list_log(logs.select_item_changes, owner=self.account_id)


class HistoryView(ReplicaReads, ListRowsMixin, generics.ListAPIView):
    """One product's movements, newest first. Archived products have them, too."""

    tag, rights = "products", READ
    serializer_class = serializers.MovementSerializer
    filterset_class = HistoryFilter
    pages = {"get": HISTORY}
    pagination_class = ProductLogPagination
    queryset = Movement.objects.detailed()

    def get_object(self) -> Product:
        """Return the product whose id is in the URL. Raise Http404."""
        return get_object_or_404(Product.objects.for_user(self.user), pk=self.kwargs["product_id"])

    def get_queryset(self) -> QuerySet:
        product = self.get_object()
        movements = Movement.objects.detailed().for_user(self.user)
        return movements.filter(product_id=product.pk).placed(product.owner_id)

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        product = self.get_object()
        return self.list_log(logs.select_product_movements, owner=product.owner_id, product=product.pk)


class SealViewSet(OwnedReadViewSet):
    """The seals of the account's ledger, newest first."""

    tag, root_link = "stock", "seals"
    # The file has the value of each movement.
    rights = READ | grant(Right.MAKE_SEALS, "create") | grant(Right.SEE_COSTS, "file")
    queryset = Seal.objects.all()
    serializer_class = serializers.SealSerializer
    verbs = {"create": SEAL}
    pages = {"list": SEALS, "retrieve": SEAL_PAGE}
    pagination_class = LogPagination
    list = mixins.ListModelMixin.list  # its serializer has fields that are no columns

    @property
    def is_long_running(self) -> bool:  # type: ignore[override]
        return self.action in ("create", "file")

    def get_serializer_class(self) -> Any:
        return EmptySerializer if self.action == "create" else serializers.SealSerializer

    @extend_schema(request=None, responses={200: serializers.SealSerializer, 201: serializers.SealSerializer})
    @idempotent
    def create(self, request: Request) -> Response:
        """Seal what was booked since the last seal. Return the newest seal, with 200 if there was nothing new."""
        seal, is_new = seals.seal_for(self.user)
        return self.show(seal, status.HTTP_201_CREATED if is_new else status.HTTP_200_OK)

    @extend_schema(responses={(200, "text/plain"): OpenApiTypes.STR})
    @file_action()
    def file(self, request: Request, **kwargs: Any) -> StreamingHttpResponse:
        """Return the file of which the digest is the SHA-256: the seal, then every operation and movement, as JSON."""
        seal = self.get_object()
        disposition = {"Content-Disposition": f'attachment; filename="seal-{seal.number}.txt"'}
        parts = seals.stream_file(seal)
        # The first part is read before the response starts, so that an error in it sets the status.
        content = chain([next(parts)], parts)
        return StreamingHttpResponse(content, content_type="text/plain; charset=utf-8", headers=disposition)


class VerifyView(ReplicaReads):
    """Checks that every number of your stock follows from what was recorded."""

    tag, root_link, rights = "stock", "verify", READ
    name = "Check of the numbers"
    is_long_running = True
    pages = {"get": VERIFICATION}

    @extend_schema(responses=serializers.VerificationSerializer)
    def get(self, request: Request) -> Response:
        """Verify the account's movements and balances. `broken` is empty if the ledger holds."""
        return Response(serializers.VerificationSerializer(verify_ledger(self.user)).data)
