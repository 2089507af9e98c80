from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from core.pages.tabs import Tab
from core.serializers import EmptySerializer
from core.translation import gettext_noop
from desk.shop.customer_page import CUSTOMER
from records.idempotency.decorators import IdempotentCreate
from trade.customers import pages
from trade.customers.filters import CustomerFilter
from trade.customers.models import Customer
from trade.customers.serializers import CustomerSerializer
from trade.customers.services import erase
from users.access.permissions import READ, Tag, grant
from users.access.roles import Right
from web.view_bases import SparseFields
from web.viewsets import RestorableViewSet, RowChanges, raise_404_if_missing


class CustomerViewSet(SparseFields, IdempotentCreate, RowChanges, RestorableViewSet):
    """The people and companies that the shop sells to. Deleting archives a customer."""

    tag = Tag(
        "customers", "The people and companies the shop sells to: docs/customers.md.", after="suppliers", for_keys=True
    )
    root_link = "customers"
    tab = Tab(after="shop-orders")
    locks_catalogue = False
    rights = {
        **READ,
        **grant(Right.WORK, "create", "update", "partial_update"),
        **grant(Right.MANAGE_PRODUCTS, "destroy", "restore", "erase"),
    }
    queryset = Customer.objects.order_by("id")
    serializer_class = CustomerSerializer
    verbs = pages.VERBS
    pages = {"list": pages.CUSTOMERS, "retrieve": CUSTOMER}
    filterset_class = CustomerFilter
    archived_note = gettext_noop("restoring brings it back to the list.")

    @extend_schema(request=None, responses=CustomerSerializer)
    @action(detail=True, methods=["post"], serializer_class=EmptySerializer)
    def erase(self, request: Request, **kwargs: Any) -> Response:
        """Remove all texts of the customer for ever, also from the history. The name becomes `customer-` and the id."""
        with raise_404_if_missing():
            customer = erase(owner_id=self.account_id, pk=self.kwargs["pk"])
        return self.show(customer)
