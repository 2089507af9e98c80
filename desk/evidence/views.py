"""The routes of packs: what was in stock at an instant, and what was recorded about it later."""

from collections.abc import Iterator
from typing import Any

from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from core.http.downloads import send_archive, table_response
from core.http.renderers import JSONOrFile
from core.lists.pagination import LogPagination
from core.lists.parameters import FILE_FORMATS, query_format
from core.money.amounts import scale
from core.pages.columns import Display
from desk.evidence import pages, serializers, services
from desk.evidence.errors import PackNotReady
from desk.evidence.models import Pack
from desk.takeout.models import ExportState
from records.idempotency.decorators import idempotent
from stock.reading.operations import select_movements
from stock.serializers import MovementSerializer
from users.access.permissions import grant
from users.access.roles import Right
from web.view_bases import file_action
from web.viewsets import OwnedReadViewSet

LATE = {
    "occurred_at": "operation__occurred_at", "created_at": "operation__created_at", "operation": "operation_id",
    "reason": "operation__reason", "reference": "operation__reference", "movement": "id", "product": "product_id",
    "name": "product_name", "movement_type": "movement_type", "quantity": "quantity", "value": "value",
    "unit": "product__unit",
}  # fmt: skip


class PackViewSet(OwnedReadViewSet):
    """Files for the end of a year: what was in stock on a day, what it was worth, and why that has changed."""

    tag, root_link = "stock", "evidence"
    list_name, row_name = "Year's end", "Pack"
    # Everything in a pack has values.
    rights = grant(Right.SEE_COSTS, "list", "retrieve", "file", "paper", "late") | grant(Right.MAKE_SEALS, "create")
    stays_open = ("create",)
    also_refuses = {"file": ("409",)}  # a file that is not ready
    queryset = Pack.objects.kept().order_by("-id")
    serializer_class = serializers.PackSerializer
    action_serializers = {"create": serializers.AskSerializer}
    verbs = {"create": pages.MAKE}
    form_fields = pages.FIELDS
    pages = {"list": pages.PACKS, "retrieve": pages.PACK, "late": pages.LATE}
    replica_actions = ()  # the worker has just written what these routes show

    @extend_schema(responses={202: serializers.PackSerializer})
    @idempotent
    def create(self, request: Request) -> Response:
        """Ask for a pack. The worker writes the file, which is kept for 400 days; a shop has at most 24 of them.

        The same values with the same `recorded_until` give the same file, byte for byte.
        """
        pack = services.ask_for_pack(by=self.user, **self.read_body())
        return self.show(pack, status.HTTP_202_ACCEPTED)

    @extend_schema(responses={(200, "application/zip"): OpenApiTypes.BINARY})
    @file_action(is_long_running=True)
    def file(self, request: Request, **kwargs: Any) -> StreamingHttpResponse:
        """Return the file: a zip archive, whose `check.py` checks it. Its SHA-256 is that of the pack."""
        pack = self.get_object()
        if pack.state != ExportState.READY:
            raise PackNotReady(state=pack.state)
        return send_archive(pack.path)

    @extend_schema(responses={(200, "text/html"): OpenApiTypes.STR})
    @file_action()
    def paper(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Return a page to print and sign, with the SHA-256 of the file."""
        pack: Pack = self.get_object()
        context = pages.PAPER.context(request, self, self.represent(pack), Display.of(self.user, is_kept=True))
        shop = self.user.shop_owner
        return render(request._request, "evidence/paper.html", {**context, "pack": pack, "shop": shop})

    @action(
        detail=True, name="Recorded later", pagination_class=LogPagination, filter_backends=(),
        content_negotiation_class=JSONOrFile, serializer_class=MovementSerializer,
    )  # fmt: skip
    def late(self, request: Request, **kwargs: Any) -> Response | StreamingHttpResponse:
        """List what the pack lacks: what happened before its instant, but was recorded after its data ends."""
        pack: Pack = self.get_object()
        late = {"operation__created_at__gt": pack.recorded_until, "operation__occurred_at__lte": pack.as_of}
        movements = select_movements(pack.owner_id).filter(**late)
        file_format = query_format(request, self)
        if file_format in FILE_FORMATS:
            return table_response(request, list_late(movements), f"late-{pack.pk}", file_format, ("value",))
        return self.list_rows(movements, MovementSerializer)


def list_late(movements: Any) -> Iterator[Any]:
    """Yield the names of the columns, then the rows."""
    yield [*LATE]
    place = [*LATE].index("quantity")
    for *row, decimals in movements.order_by("id").values_list(*LATE.values(), "product__decimals").iterator():
        row[place] = scale(row[place], decimals)
        yield row
