"""The routes of exports."""

from typing import Any

from django.http import StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from core.http.downloads import send_archive
from desk.takeout import pages, services
from desk.takeout.errors import ExportNotReady
from desk.takeout.models import Export, ExportState
from desk.takeout.serializers import ExportSerializer
from records.idempotency.decorators import idempotent
from users.access.permissions import Caller, grant
from users.access.roles import Right
from web.view_bases import file_action
from web.viewsets import OwnedReadViewSet


class ExportViewSet(OwnedReadViewSet):
    """Files with all data of your shop, and a program that checks them."""

    tag, root_link = "account", "account-exports"
    rights = grant(Right.MANAGE_SHOP, "list", "retrieve", "create", "file")
    stays_open = ("create",)
    also_refuses = {"file": ("409",)}  # a file that is not ready
    queryset = Export.objects.kept().order_by("-id")
    serializer_class = ExportSerializer
    verbs = {"create": pages.START}
    pages = {"list": pages.EXPORTS, "retrieve": pages.EXPORT}
    replica_actions = ()  # the worker has just written what these routes show

    @extend_schema(request=None, responses={202: ExportSerializer})
    @idempotent
    def create(self, request: Request) -> Response:
        """Start an export. The worker writes the file, which is kept for 7 days after that."""
        export = services.start_export(by=Caller.of(request), user=self.user)
        return self.show(export, status.HTTP_202_ACCEPTED)

    @extend_schema(responses={(200, "application/zip"): OpenApiTypes.BINARY})
    @file_action(is_long_running=True)
    def file(self, request: Request, **kwargs: Any) -> StreamingHttpResponse:
        """Return the file: a zip archive, which `manage.py import_account` can read."""
        export = self.get_object()
        if export.state != ExportState.READY:
            raise ExportNotReady(state=export.state)
        return send_archive(export.path)
