"""The route of the imports that were refused."""

from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from core.lists.pagination import LogPagination
from core.viewsets import OwnedReadViewSet
from products.import_page import REFUSED_IMPORT, REFUSED_IMPORTS
from stock.models import Import
from stock.serializers import RefusedImportSerializer


class RefusedImportViewSet(OwnedReadViewSet):
    """The imports of the last 90 days that were refused, newest first."""

    queryset = Import.objects.refused()
    serializer_class = RefusedImportSerializer
    pages = {"list": REFUSED_IMPORTS, "retrieve": REFUSED_IMPORT}
    pagination_class = LogPagination

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        page = self.paginate_queryset(self.get_queryset())
        return self.get_paginated_response(RefusedImportSerializer(page, many=True).data)
