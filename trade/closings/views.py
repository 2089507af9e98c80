"""The routes of closings and of the cash between them."""

from typing import Any

from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, render
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import mixins, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from core.http.downloads import (
    DIALECT,
    FILE_RESPONSES,
    FROM_PAGE,
    HTML,
    PAPER,
    PDF,
    PDF_RESPONSE,
    Words,
    pdf_response,
    table_response,
)
from core.http.renderers import JSONOrFile
from core.http.throttling import count_as_long
from core.kinds import parse_id
from core.lists.filters import StrictDecimalField, StrictFilterSet, StrictIntegerField
from core.lists.pagination import LogPagination
from core.lists.parameters import FILE_FORMATS, query_choice, query_format, query_value
from core.lists.row_filters import RowFilter
from core.pages.columns import Display
from core.pages.periods import name_file
from core.pages.tabs import Tab
from core.sentences import writing_for
from desk.reports.toolkit.parameters import PERIOD, parse_span
from records.events.services import number_all_events
from records.idempotency.decorators import idempotent, takes_key
from trade.closings import file_pages, pages, serializers, services
from trade.closings.models import Cash, Closing
from trade.tills.look_ups import TILLS
from trade.tills.models import Till
from users.access.permissions import READ, READERS, Tag, grant
from users.access.roles import Right
from users.reading import shows
from web.view_bases import file_action
from web.viewsets import OwnedMixin, OwnedReadViewSet

TILL = OpenApiParameter(
    "till", OpenApiTypes.INT, description="Id of a till. Without it, what no till has sold; for a device its own till."
)

OPENING = OpenApiParameter(
    "opening", OpenApiTypes.DECIMAL, description="Of the first closing: what was in the drawer before the first sale."
)


FORMAT = OpenApiParameter(
    "format", enum=[*FILE_FORMATS, HTML, PDF], description="By default CSV. html: a page to print. pdf: a document."
)


class TillFilter(StrictFilterSet):
    till = RowFilter(TILLS, field_name="till_id", label="Id of a till")


class DrawerView(OwnedMixin):
    """The base of the views of drawers. A request of a till's device is about its own drawer."""

    def find_till(self, till: Till | None) -> Till | None:
        if till is None and self.user.is_device:
            return Till.objects.for_user(self.user).of_device(self.user).first()
        return till


class ClosingViewSet(DrawerView, OwnedReadViewSet):
    """What was sold from one count of a drawer to the next, newest first. The closings of a till have no gaps."""

    tag = Tag("closings", "What was sold from one count of a drawer to the next: docs/payments.md.", for_keys=True)
    root_link = "closings"
    tab = Tab(is_offered=shows("payments"), behind="sale-list")
    rights = READ | grant(READERS, "preview", "file") | grant(Right.WORK, "create")
    devices = ("preview", "create")
    list_name = "Closings"
    queryset = Closing.objects.select_related("till", "performer").order_by("-id")
    serializer_class = serializers.DrawerClosingSerializer
    action_serializers = {"create": serializers.MakeClosingSerializer}
    filterset_class = TillFilter
    pagination_class = LogPagination
    content_negotiation_class = JSONOrFile
    verbs = pages.CLOSING_VERBS
    form_fields = pages.CLOSING_FIELDS
    also_refuses = {"preview": ("404",)}  # the drawer of an unknown till
    actions_for_programs = ("closing-preview",)  # the tasks of the list lead people to it
    pages = {"list": pages.CLOSINGS, "retrieve": pages.CLOSING, "preview": pages.PREVIEW}

    def filter_queryset(self, queryset: Any) -> Any:
        """Return the closings that were made in the period."""
        closings = super().filter_queryset(queryset)
        if self.action == "list":
            self.span = parse_span(self.request)
            bounds = zip(("made_at__gte", "made_at__lt"), self.span, strict=True)
            closings = closings.filter(**{name: at for name, at in bounds if at})
        return closings

    @extend_schema(parameters=[one.describe() for one in PERIOD])
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Any:
        """List the closings that were made in a period, the newest first.

        A table has a row for each, with what was paid by kind and the VAT by rate. A PDF has their sums, and each one.
        """
        file_format, closings = query_format(request, self, PDF), self.filter_queryset(self.get_queryset())
        shop, period = self.user.shop_owner or self.user, dict(zip(("from", "to"), self.span, strict=True))
        if file_format not in (*FILE_FORMATS, PDF):
            return mixins.ListModelMixin.list(self, request, *args, **kwargs)
        table = file_pages.ClosingTable(closings, shop, is_for_people=FROM_PAGE in request.query_params)
        name = name_file(request, "closings", *self.span)
        if file_format == PDF:
            count_as_long(request)
            return pdf_response(request, file_pages.draw_closings(table, period, shop), name)
        words = table.write_words(period, Display.of(shop, is_kept=True))
        return table_response(request, table.read(), name, file_format, table.money, words)

    def get_serializer(self, *args: Any, **kwargs: Any) -> Any:
        """Return the serializer. Only the form of the first closing of a drawer asks what was in it before."""
        if self.action == "create" and "data" not in kwargs:
            till = parse_id(self.request.query_params.get("till", ""))
            if services.find_last(self.account_id, till):
                return serializers.LaterClosingSerializer(context=self.get_serializer_context())
        return super().get_serializer(*args, **kwargs)

    @extend_schema(request=serializers.MakeClosingSerializer)
    @takes_key
    def create(self, request: Request) -> Any:
        """Close a drawer: everything since its last closing. Nothing changes a closing afterwards."""
        number_all_events(self.account_id)
        return self.create_once(request)

    @idempotent
    def create_once(self, request: Request) -> Response:
        fields = self.read_body()
        closing = services.make_closing(
            by=self.user,
            till=self.find_till(fields["till"]),
            counted=fields["counted"],
            kept=fields["float"],
            note=fields["note"],
            opening=fields.get("opening"),
        )
        return self.show(closing, status.HTTP_201_CREATED)

    @extend_schema(parameters=[TILL, OPENING], responses=serializers.PreviewSerializer)
    @action(
        detail=False,
        name="In the drawer now",
        serializer_class=serializers.PreviewSerializer,
        pagination_class=None,
        filter_backends=(),
    )
    def preview(self, request: Request) -> Response:
        """What was sold since the last closing, and what should be in the drawer now. Nothing is closed yet."""
        pk = query_value(request, "till", StrictIntegerField())
        tills = Till.objects.for_user(self.user).of_device(self.user)
        till = None if pk is None else get_object_or_404(tills, pk=pk)
        if self.account_id is not None:
            number_all_events(self.account_id)
        opening = query_value(request, "opening", StrictDecimalField(max_digits=12, decimal_places=2))
        closing = services.draft_closing(self.user, self.find_till(till), opening)
        return Response(serializers.PreviewSerializer(closing).data)

    @extend_schema(
        parameters=[FORMAT, DIALECT, PAPER],
        responses={**FILE_RESPONSES, (200, "text/html"): OpenApiTypes.STR, **PDF_RESPONSE},
    )
    @file_action()
    def file(self, request: Request, **kwargs: Any) -> HttpResponse | StreamingHttpResponse:
        """Return the closing as a table, as a page to print, or as a PDF."""
        file_format = query_choice(request, "format", (*FILE_FORMATS, HTML, PDF))
        closing: Closing = self.get_object()
        name, shop, row = f"closing-{closing.pk}", self.user.shop_owner, self.represent(closing)
        if file_format == PDF:
            return pdf_response(request, file_pages.draw_closing(closing, shop), name)
        if file_format != HTML:
            with writing_for(shop):
                rows = iter([*file_pages.make_rows(row, is_for_people=FROM_PAGE in request.query_params)])
            return table_response(request, rows, name, file_format, ("amount",), Words())
        context = pages.PAPER.context(request, self, row, Display.of(self.user, is_kept=True))
        return render(request._request, "closings/closing.html", {**context, "closing": closing, "shop": shop})


class CashViewSet(mixins.ListModelMixin, DrawerView):
    """Cash that was put into drawers and taken out of them, for another reason than a sale. Newest first."""

    tag = "closings"
    rights = READ | grant(Right.WORK, "create")
    devices = ("create",)
    list_name = "Cash in and out"
    queryset = Cash.objects.select_related("performer").order_by("-id")
    serializer_class = serializers.CashSerializer
    filterset_class = TillFilter
    pagination_class = LogPagination
    verbs = pages.CASH_VERBS
    pages = {"list": pages.CASH}

    @idempotent
    def create(self, request: Request) -> Response:
        """Put cash into a drawer, or take it out. A mistake is corrected by the opposite movement."""
        fields = self.read_body()
        cash = services.move_cash(by=self.user, **{**fields, "till": self.find_till(fields["till"])})
        return self.show(cash, status.HTTP_201_CREATED)
