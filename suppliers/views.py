from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from core.pages.tabs import Tab
from core.serializers import EmptySerializer
from core.translation import gettext_noop
from records.idempotency.decorators import IdempotentCreate
from suppliers import pages
from suppliers.filters import SupplierFilter
from suppliers.models import Supplier
from suppliers.serializers import SupplierSerializer
from suppliers.services import erase
from users.access.permissions import READ, WRITES, Tag, grant
from users.access.roles import Right
from web.view_bases import SparseFields
from web.viewsets import RestorableViewSet, RowChanges, raise_404_if_missing


class SupplierViewSet(SparseFields, IdempotentCreate, RowChanges, RestorableViewSet):
    """The companies and people that the shop buys from. Deleting archives a supplier: its products have none then."""

    tag = Tag("suppliers", "The companies and people the shop buys from.", after="groups", for_keys=True)
    root_link = "suppliers"
    tab = Tab(after="customer-list")
    rights = READ | grant(Right.MANAGE_PRODUCTS, *WRITES, "restore", "erase")
    queryset = Supplier.objects.order_by("id")
    serializer_class = SupplierSerializer
    verbs = pages.VERBS
    pages = {"list": pages.SUPPLIERS, "retrieve": pages.SUPPLIER}
    filterset_class = SupplierFilter
    archived_note = gettext_noop("its products have no supplier, and restoring brings it back.")

    @extend_schema(request=None, responses=SupplierSerializer)
    @action(detail=True, methods=["post"], serializer_class=EmptySerializer)
    def erase(self, request: Request, **kwargs: Any) -> Response:
        """Remove the e-mail address and the phone number for ever, also from the history and from orders."""
        with raise_404_if_missing():
            supplier = erase(owner_id=self.account_id, pk=self.kwargs["pk"])
        return self.show(supplier)
