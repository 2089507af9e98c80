"""The routes of counting sheets."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from core.http.downloads import DIALECT, FILE_RESPONSES, HTML, PAPER_FORMAT, Words, table_response
from core.lists.filters import ChoiceFilter, StrictBooleanField, StrictFilterSet
from core.lists.pagination import LogPagination, PageNumberPagination
from core.lists.parameters import FILE_FORMATS, query_choice, query_value
from core.lists.serialization import get_row_serializer
from core.translation import gettext_noop as _
from records.idempotency.decorators import Part, idempotent, idempotent_in_parts
from stock.line_fields import ParsedLines, call_service
from trade.sheets import pages, reading, serializers, services
from trade.sheets.booking import Booked, SheetBooking, book_part
from trade.sheets.errors import NothingEntered
from trade.sheets.models import Entry, LineState, Sheet, SheetState
from trade.sheets.services import enter
from users.access.permissions import Tag, grant
from users.access.roles import Right, may
from web.view_bases import created, file_action, post_action
from web.viewsets import AttachedReadViewSet, raise_404_if_missing

STATE = OpenApiParameter("state", enum=LineState.values, description="Only lines in this state.")
BEYOND = OpenApiParameter("beyond_tolerance", OpenApiTypes.BOOL, description="Only differences beyond the tolerance.")


class SheetFilter(StrictFilterSet):
    state = ChoiceFilter(choices=SheetState.choices, label="State")


class SheetViewSet(AttachedReadViewSet):
    """Lists on which several people count the shop, for some days, while it sells."""

    tag = Tag(
        "sheets",
        "Sheets on which several people count, for some days, while the shop sells: docs/counting.md.",
        for_keys=True,
    )
    root_link = "counting-sheets"
    rights = {
        **grant(Right.SEE_SHOP, "list", "retrieve", "lines", "entries", "file"),
        **grant(Right.ENTER_COUNTS, "enter"),
        **grant(Right.SEE_COUNTS, "differences"),
        **grant(Right.DECIDE_COUNTS, "create", "recount", "book", "drop"),
    }
    devices = ("list", "enter")
    list_name, row_name = _("Counting lists"), _("Counting list")
    queryset = Sheet.objects.select_related("location").order_by("-id")
    serializer_class = serializers.SheetSerializer
    filterset_class = SheetFilter
    pagination_class = LogPagination
    verbs = pages.VERBS
    forms_elsewhere = ("create", "enter", "book", "recount")
    actions_for_programs = ("sheet-book", "sheet-recount")  # people do both on the page of the differences
    pages = {"list": pages.SHEETS, "retrieve": pages.SHEET, "lines": pages.LINES, "entries": pages.ENTRIES,
             "differences": pages.DIFFERENCES}  # fmt: skip
    replica_actions = ()  # users must see the latest entries, which a replica may not have yet

    attach = staticmethod(reading.attach_progress)

    @idempotent
    def create(self, request: Request) -> Response:
        """Open a sheet of at most 10,000 products: all of the shop, or those that match every part of `select`."""
        return self.show(services.open_sheet(by=self.user, **self.read_body()), status.HTTP_201_CREATED)

    @extend_schema(parameters=[STATE], responses=serializers.SheetLineSerializer(many=True))
    @action(
        detail=True,
        serializer_class=serializers.SheetLineSerializer,
        pagination_class=PageNumberPagination,
        filter_backends=(),
    )
    def lines(self, request: Request, **kwargs: Any) -> Response:
        """List the products of the counting list with what is counted of them."""
        sheet: Sheet = self.get_object()
        state = query_choice(request, "state", ["", *LineState.values])
        page = self.paginate_queryset(reading.list_products(sheet, state))
        rows = reading.describe_lines(sheet, page, hides_quantities=self.hides_quantities(sheet))
        row_serializer = get_row_serializer(serializers.SheetLineSerializer)
        return self.get_paginated_response([row_serializer.serialize_row(row) for row in rows])

    @extend_schema(responses=serializers.EntrySerializer(many=True))
    @action(detail=True, name="Counts", serializer_class=serializers.EnterSerializer, filter_backends=())
    def entries(self, request: Request, **kwargs: Any) -> Response:
        """List the counts of the counting list, the last one first."""
        sheet: Sheet = self.get_object()
        page = reading.mark_entries(sheet, self.paginate_queryset(reading.select_entries(sheet)))
        return self.get_paginated_response(self.write_entries(sheet, page))

    @extend_schema(request=serializers.EnterSerializer, responses={201: serializers.EnteredSerializer})
    @entries.mapping.post
    @idempotent
    def enter(self, request: Request, **kwargs: Any) -> Response:
        """Enter what was counted, all or nothing."""
        sheet: Sheet = self.get_object()
        entries: ParsedLines = self.read_body()["entries"]
        lines = ParsedLines(reading.find_codes(self.user, entries.valid), entries.malformed)
        with raise_404_if_missing():
            entered = call_service(enter, {"by": self.user, "pk": self.kwargs["pk"], "lines": lines}, NothingEntered)
        total = Entry.objects.for_user(self.user).filter(sheet=sheet).count()
        data = {"entries": self.write_entries(sheet, entered), "entries_total": total}
        return created(data)

    def write_entries(self, sheet: Sheet, entries: Sequence[Entry]) -> Any:
        context = {"request": self.request, "hides_quantities": self.hides_quantities(sheet)}
        return serializers.EntrySerializer(entries, many=True, context=context).data

    def hides_quantities(self, sheet: Sheet) -> bool:
        """Return whether the sheet is blind for the user. For one who may not read the shop, every sheet is."""
        return not may(self.user, Right.SEE_COUNTS if sheet.blind else Right.READ)

    @extend_schema(parameters=[BEYOND], responses=serializers.DifferenceSerializer(many=True))
    @action(detail=True, pagination_class=None, serializer_class=serializers.DifferenceSerializer, filter_backends=())
    def differences(self, request: Request, **kwargs: Any) -> Response:
        """Compare what is counted and not booked with what was expected then. Those beyond the tolerance come first."""
        beyond = query_value(request, "beyond_tolerance", StrictBooleanField(required=False))
        rows = [row for row in reading.read_differences(self.get_object()) if row.within_tolerance != beyond]
        return Response(get_row_serializer(serializers.DifferenceSerializer).serialize_objects(rows))

    @post_action(serializer_class=serializers.RecountSerializer)
    @idempotent
    def recount(self, request: Request, **kwargs: Any) -> Response:
        """Ask for another count of these products. Their entries stay visible, and count no more."""
        self.get_object()
        return self.change(services.recount, **self.read_body())

    @extend_schema(responses={201: serializers.BookedSheetSerializer})
    @post_action(serializer_class=serializers.BookSheetSerializer)
    @idempotent_in_parts
    def book(self, request: Request, done: Any, **kwargs: Any) -> Part:
        """Book the differences of what is counted, in operations of at most 1,000 lines. Sent again, it books the rest.

        A product that can't be booked is left, with the reason. The sheet is `booked` when nothing counted is left.
        """
        self.get_object()
        booking = SheetBooking(self.user, self.kwargs["pk"], **self.read_body())
        with raise_404_if_missing():
            booked = book_part(booking, Booked(**done) if done else None)
        data = serializers.BookedSheetSerializer(booked).data
        return asdict(booked), created(data) if booked.is_complete else None

    @post_action(name="Discard")
    @idempotent
    def drop(self, request: Request, **kwargs: Any) -> Response:
        """End the counting list. What is counted and not saved is never saved."""
        return self.change(services.drop_sheet)

    @extend_schema(
        parameters=[PAPER_FORMAT, DIALECT], responses={**FILE_RESPONSES, (200, "text/html"): OpenApiTypes.STR}
    )
    @file_action()
    def file(self, request: Request, **kwargs: Any) -> HttpResponse | StreamingHttpResponse:
        """Return the sheet to print, with a box for each count. A blind sheet has no quantities.

        A sheet that is booked or dropped has what was counted and expected, and the difference.
        """
        file_format = query_choice(request, "format", (*FILE_FORMATS, HTML))
        sheet: Sheet = self.get_object()
        is_closed = sheet.state != SheetState.OPEN and not self.hides_quantities(sheet)
        rows = reading.list_found(sheet) if is_closed else reading.list_to_print(sheet)
        is_blind = sheet.blind or self.hides_quantities(sheet)
        if file_format == HTML:
            context = {"sheet": sheet, "rows": rows, "is_blind": is_blind, "is_closed": is_closed}
            return render(request._request, "sheets/print.html", context)
        expected = ("expected", "difference") if is_closed else ()
        numbers = (*(() if is_blind or is_closed else ("quantity",)), "counted", *expected)
        names = ("product", "name", "sku", "barcode", "unit", *numbers)
        table = [names, *(tuple(row.get(name, "") for name in names) for row in rows)]
        return table_response(request, iter(table), f"counting-sheet-{sheet.pk}", file_format, words=Words())
