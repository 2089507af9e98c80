"""The routes of the rates of VAT."""

from typing import Any

from django.utils.translation import gettext_lazy

from core.pages.tabs import YOUR_SHOP, Tab
from core.translation import gettext_noop
from products.taxes import pages as tax_pages
from products.taxes.filters import TaxFilter
from products.taxes.models import Tax
from products.taxes.serializers import TaxSerializer
from products.taxes.services import create_tax, restore_tax
from records.idempotency.decorators import IdempotentCreate
from users.access.permissions import READ, WRITES, Tag, grant
from users.access.roles import Right
from web.view_bases import SparseFields
from web.viewsets import RestorableViewSet, RowChanges


class TaxViewSet(SparseFields, IdempotentCreate, RowChanges, RestorableViewSet):
    """The rates of VAT of the shop. Deleting archives a rate: its products have none then, and sales keep theirs."""

    tag = Tag("taxes", "The rates of VAT of the products: docs/taxes.md.", after="kits", for_keys=True)
    root_link = "taxes"
    tab = Tab(after="field-list", group=YOUR_SHOP, about=gettext_lazy("The rates of VAT that you charge."))
    list_name = gettext_noop("Rates of VAT")
    rights = READ | grant(Right.MANAGE_PRODUCTS, *WRITES, "restore")
    queryset = Tax.objects.order_by("id")
    serializer_class = TaxSerializer
    verbs = tax_pages.VERBS
    has_form_pages = True
    pages = {"list": tax_pages.TAXES, "retrieve": tax_pages.TAX}
    filterset_class = TaxFilter
    archived_note = gettext_noop("its products have no VAT, and restoring brings it back.")

    def perform_create(self, serializer: Any) -> None:
        serializer.instance = create_tax(owner_id=self.account_id, **serializer.validated_data)

    def perform_restore(self, pk: int) -> Tax:
        return restore_tax(owner_id=self.account_id, pk=pk)
