"""The routes of exports."""

from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

from django.http import Http404, StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from core.errors import Conflict
from core.http.renderers import AlwaysJSON
from core.http.table_files import CHUNK_BYTES
from desk.takeout import pages, services
from desk.takeout.errors import ExportNotReady
from desk.takeout.models import Export, ExportState, WrittenFile
from desk.takeout.serializers import ExportSerializer
from records.idempotency.decorators import idempotent
from users.access.callers import Caller
from users.access.permissions import grant
from users.access.roles import Right
from web.viewsets import OwnedReadViewSet


def read_parts(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        yield from iter(lambda: file.read(CHUNK_BYTES), b"")


def send_file(row: WrittenFile, not_ready: type[Conflict]) -> StreamingHttpResponse:
    """Return the file of the row as a download. Raise Http404 if it is gone."""
    if row.state != ExportState.READY:
        raise not_ready(state=row.state)
    try:
        content = chain([next(parts := read_parts(row.path))], parts)
    except FileNotFoundError as error:
        raise Http404 from error
    disposition = {"Content-Disposition": f'attachment; filename="{row.path.name}"'}
    length = {"Content-Length": str(row.path.stat().st_size)}
    return StreamingHttpResponse(content, content_type="application/zip", headers=disposition | length)


class ExportViewSet(OwnedReadViewSet):
    """Files with all data of your shop, and a program that checks them."""

    tag, root_link = "account", "account-exports"
    rights = grant(Right.MANAGE_SHOP, "list", "retrieve", "create", "file")
    stays_open = ("create",)
    queryset = Export.objects.order_by("-id")
    serializer_class = ExportSerializer
    verbs = {"create": pages.START}
    has_form_pages = True
    pages = {"list": pages.EXPORTS, "retrieve": pages.EXPORT}
    replica_actions = ()  # the worker has just written what these routes show

    @extend_schema(request=None, responses={202: ExportSerializer})
    @idempotent
    def create(self, request: Request) -> Response:
        """Start an export. The worker writes the file, which is kept for 7 days after that."""
        export = services.start_export(by=Caller.of(request), user=self.user)
        return self.show(export, status.HTTP_202_ACCEPTED)

    @extend_schema(responses={(200, "application/zip"): OpenApiTypes.BINARY})
    @action(detail=True, pagination_class=None, content_negotiation_class=AlwaysJSON, is_long_running=True)
    def file(self, request: Request, **kwargs: Any) -> StreamingHttpResponse:
        """Return the file: a zip archive, which `manage.py import_account` can read."""
        return send_file(self.get_object(), ExportNotReady)
