from core.pages.tabs import Tab
from records.contacts.view_bases import ContactViewSet, erase_action, merge_action
from suppliers import pages
from suppliers.filters import SupplierFilter
from suppliers.look_ups import SUPPLIERS
from suppliers.models import Supplier
from suppliers.serializers import SupplierSerializer
from users.access.permissions import READ, WRITES, Tag, grant
from users.access.roles import Right
from users.reading import shows


class SupplierViewSet(ContactViewSet):
    """The companies and people that the shop buys from. Archive keeps the orders of a supplier."""

    tag = Tag("suppliers", "The companies and people the shop buys from.", for_keys=True)
    root_link = "suppliers"
    tab = Tab(is_offered=shows("purchasing"))
    rights = READ | grant(Right.MANAGE_PRODUCTS, *WRITES, "restore", "erase", "merge")
    queryset = Supplier.objects.order_by("id")
    serializer_class = SupplierSerializer
    verbs = pages.VERBS
    pages = {"list": pages.SUPPLIERS, "retrieve": pages.SUPPLIER}
    filterset_class = SupplierFilter
    archived_note = "its products have no supplier, and restoring brings it back."

    form_fields = {
        "into": {
            "look_up": SUPPLIERS, "label": "The supplier that stays",
            "help_text": "If both offer a product, its own offer stays.",
        },
    }  # fmt: skip

    merge = merge_action(SupplierSerializer)
    erase = erase_action(
        "Remove the e-mail address and the phone number for ever, also from the history and from orders."
    )
