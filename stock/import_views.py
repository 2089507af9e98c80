"""The route of the imports that were refused."""

from rest_framework import mixins

from core.lists.pagination import LogPagination
from products.import_page import REFUSED_IMPORT, REFUSED_IMPORTS
from stock.models import Import
from stock.serializers import RefusedImportSerializer
from users.permissions import grant
from users.roles import Right
from users.viewsets import OwnedReadViewSet


class RefusedImportViewSet(OwnedReadViewSet):
    """The imports of the last 90 days that were refused, newest first."""

    tag, rights = "products", grant(Right.MANAGE_PRODUCTS, "list", "retrieve")
    queryset = Import.objects.refused()
    serializer_class = RefusedImportSerializer
    pages = {"list": REFUSED_IMPORTS, "retrieve": REFUSED_IMPORT}
    pagination_class = LogPagination
    list = mixins.ListModelMixin.list  # its serializer reads parts of a column
