from typing import Any

from core.pages.tabs import Tab
from records.contacts.view_bases import ContactViewSet, erase_action, merge_action
from trade.customers import pages
from trade.customers.filters import CustomerFilter
from trade.customers.hooks import BESIDE_CUSTOMERS
from trade.customers.look_ups import CUSTOMERS
from trade.customers.models import Customer
from trade.customers.pages import FIELDS
from trade.customers.serializers import CustomerSerializer
from trade.reservations.pages import CUSTOMER_PAGE
from users.access.permissions import READ, Tag, grant
from users.access.roles import Right
from users.reading import shows

MIN_SEARCHED = 2  # the fewest letters for which a till finds customers


class CustomerViewSet(ContactViewSet):
    """The people and companies that the shop sells to. Archive keeps what a customer ordered."""

    tag = Tag("customers", "The people and companies the shop sells to: docs/customers.md.", for_keys=True)
    root_link = "customers"
    tab = Tab(is_offered=shows("orders"))
    locks_catalogue = False
    devices = ("list",)  # a till finds the customer of a sale, and lists nobody else
    rights = {
        **READ,
        **grant(Right.WORK, "create", "update", "partial_update"),
        **grant(Right.MANAGE_PRODUCTS, "destroy", "restore", "erase", "merge"),
    }
    queryset = Customer.objects.order_by("id")
    serializer_class = CustomerSerializer
    verbs = pages.VERBS
    pages = {"list": pages.CUSTOMERS, "retrieve": CUSTOMER_PAGE}
    filterset_class = CustomerFilter
    archived_note = "restoring brings it back to the list."

    form_fields = {
        **FIELDS,
        "into": {"look_up": CUSTOMERS, "label": "The customer that stays", "help_text": ""},
        **{one.name: one.form_field for one in BESIDE_CUSTOMERS.complete()},
    }

    def get_queryset(self) -> Any:
        rows = super().get_queryset()
        return BESIDE_CUSTOMERS.annotate(self.user, rows) if self.action in ("list", "retrieve") else rows

    def filter_queryset(self, queryset: Any) -> Any:
        """Return the customers of the list. The device of a till gets those that it searches for."""
        found = super().filter_queryset(queryset)
        is_search = len(self.request.query_params.get("search", "").strip()) >= MIN_SEARCHED
        return found if is_search or not self.user.is_device else found.none()

    merge = merge_action(CustomerSerializer)
    erase = erase_action(
        "Remove all texts of the customer for ever, also from the history. The name becomes `customer-` and the id."
    )
