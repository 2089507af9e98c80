"""The routes of imports: undo one, and read those that were refused."""

from typing import Any

from django.http import StreamingHttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework import mixins
from rest_framework.decorators import action
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from core.files.writers import read_lines
from core.http.downloads import DIALECT, FILE_FORMAT, FILE_RESPONSES, FROM_PAGE, csv_response, table_response
from core.lists.pagination import LogPagination
from core.lists.parameters import FILE_FORMATS, query_choice
from products.filing.pages.import_page import REFUSED_IMPORT, REFUSED_IMPORTS
from records.idempotency.decorators import idempotent
from stock.booking.drafts import get_remarks
from stock.booking_fields import ImportUndoSerializer
from stock.importing.history import undo_import
from stock.importing.pages import UNDO_IMPORT
from stock.models import Import
from stock.serializers import RefusedImportSerializer, UndoneImportSerializer
from users.access.permissions import grant
from users.access.roles import Right
from web.view_bases import created, file_action
from web.viewsets import OwnedMixin, OwnedReadViewSet


class ImportViewSet(OwnedMixin):
    """The imports that were not refused."""

    tag, rights = "products", grant(Right.MANAGE_PRODUCTS, "undo")
    queryset = Import.objects.filter(code__exact="").select_related("operation")
    serializer_class = ImportUndoSerializer
    verbs = {"undo": UNDO_IMPORT}

    @extend_schema(responses={201: UndoneImportSerializer})
    @action(detail=True, methods=["post"])
    @idempotent
    def undo(self, request: Request, **kwargs: Any) -> Response:
        """Put the quantities of the import back, and archive what it has created and nothing else uses.

        Changed names and prices stay as they were imported. If the quantities are put back already, only archive.
        """
        reversal, archived = undo_import(by=self.user, row=self.get_object(), **get_remarks(self.read_body()))
        data = {"reversal": reversal.pk if reversal else None, "archived": archived}
        return created(data)


class RefusedImportViewSet(OwnedReadViewSet):
    """The imports of the last 90 days that were refused, newest first."""

    tag, rights = "products", grant(Right.SEE_COSTS, "list", "retrieve", "file")  # the rows may have costs
    queryset = Import.objects.refused()
    serializer_class = RefusedImportSerializer
    pages = {"list": REFUSED_IMPORTS, "retrieve": REFUSED_IMPORT}
    pagination_class = LogPagination

    def get_queryset(self) -> Any:
        """Return the imports. For `file`, they are read with the rows that were left out."""
        queryset = super().get_queryset()
        return queryset.defer(None).defer("created") if self.action == "file" else queryset

    list = mixins.ListModelMixin.list  # its serializer reads parts of a column

    @extend_schema(parameters=[FILE_FORMAT, DIALECT], responses=FILE_RESPONSES, filters=False)
    @file_action()
    def file(self, request: Request, pk: str) -> StreamingHttpResponse:
        """Return the rows that an import has left out as CSV or as a workbook, each with its reasons.

        The file can be corrected and imported. An import that was refused as a whole has no such file.
        """
        row = self.get_object()
        if not row.skipped:
            raise NotFound
        if not any(map(request.query_params.get, ("format", "csv", FROM_PAGE))):
            return csv_response(iter([row.skipped]), f"refused-{row.pk}.csv")
        file_format = query_choice(request, "format", FILE_FORMATS)
        return table_response(request, read_lines(row.skipped), f"refused-{row.pk}", file_format)
