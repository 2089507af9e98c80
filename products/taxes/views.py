"""The routes of the rates of VAT, and their pages."""

from typing import Any

from django.utils.translation import gettext, gettext_lazy
from rest_framework import mixins

from core.pages.columns import Mark, PageColumn, columns_of
from core.pages.links import Action, PageLink, Verb, add, remove, restore, save
from core.pages.tables import DetailPage, TablePage
from core.pages.tabs import YOUR_SHOP, Tab
from core.sentences import fill_plural
from core.translation import gettext_noop
from products.models import Tax, TaxCategory
from products.taxes.serializers import TaxFilter, TaxSerializer
from products.taxes.services import create_tax, restore_tax
from records.history.models import Kind
from records.history.pages import show_changes
from records.idempotency.decorators import IdempotentCreate
from users.access.permissions import READ, WRITES, Tag, grant
from users.access.roles import Right
from web.view_bases import SparseFields
from web.viewsets import RestorableViewSet, RowChanges


def confirm_archive(tax: Any) -> list[str]:
    number = tax.products.filter(owner_id=tax.owner_id).count()
    what = fill_plural(
        "{number:,} product has {name}: it is sold without VAT until it has another rate. What was sold keeps its"
        " rate.",
        "{number:,} products have {name}: they are sold without VAT until they have another rate. What was sold keeps"
        " its rate.",
        number,
        name=tax.name,
    )
    return [what]


VERBS: dict[str, Verb] = {
    "create": add("Add rate of VAT", "tax-detail"), "update": save(), "restore": restore("tax-detail"),
    "destroy": remove("Archive", "Archived the rate. Its products have none now.", confirm_archive),
}  # fmt: skip
NOTHING_CHOSEN = gettext_noop("not chosen")
tax_column = columns_of(Tax)
RATE = tax_column("rate", kind="decimal")
CATEGORIES = {
    TaxCategory.STANDARD: gettext_noop("With VAT"),
    TaxCategory.ZERO: gettext_noop("Zero rate"),
    TaxCategory.EXEMPT: gettext_noop("Exempt"),
}
NOT_CHOSEN = Mark("choose before you sell", lambda row: row["category"] is None, "low")
CATEGORY = PageColumn(
    "category",
    "Category",
    marks=(NOT_CHOSEN,),
    write=lambda row: gettext(CATEGORIES.get(row["category"], NOTHING_CHOSEN)),
)
TAXES = TablePage(
    (PageColumn("name", "Name", page="tax-detail"), RATE, CATEGORY),
    empty="No rates of VAT yet.",
    hint="Add the rates that you charge, and choose one for each product. Without them, nothing has VAT.",
    first=(PageLink("Add the first one", form="POST", style="primary"),),
)
ADD_CHANGES, CHANGES = show_changes(Kind.TAX)
TAX = DetailPage(
    "name",
    (RATE, CATEGORY, tax_column("reason"), tax_column("created_at", kind="moment")),
    actions=(Action("Edit", form="PUT"),),
    sections=(CHANGES,),
    extend=ADD_CHANGES,
)


class TaxViewSet(SparseFields, IdempotentCreate, RowChanges, RestorableViewSet):
    """The rates of VAT of the shop. Archive keeps the rate of what was sold: its products have none then."""

    tag = Tag("taxes", "The rates of VAT of the products: docs/sales.md.", for_keys=True)
    root_link = "taxes"
    tab = Tab(group=YOUR_SHOP, about=gettext_lazy("The rates of VAT that you charge."))
    list_name = gettext_noop("Rates of VAT")
    rights = READ | grant(Right.MANAGE_PRODUCTS, *WRITES, "restore")
    queryset = Tax.objects.order_by("id")
    serializer_class = TaxSerializer
    verbs = VERBS
    pages = {"list": TAXES, "retrieve": TAX}
    filterset_class = TaxFilter
    form_fields = {
        "category": {
            "choices": [("", ""), *CATEGORIES.items()],
            "help_text": "Only a rate of 0 has a choice: a zero rate, or exempt for a reason. It is chosen once.",
        },
        "reason": {"help_text": "Why what is sold is exempt: invoices print it. Only for “Exempt”."},
    }
    list = mixins.ListModelMixin.list  # the category is computed
    archived_note = "its products have no VAT, and restoring brings it back."

    def perform_create(self, serializer: Any) -> None:
        serializer.instance = create_tax(owner_id=self.account_id, **serializer.validated_data)

    def perform_restore(self, pk: int) -> Tax:
        return restore_tax(owner_id=self.account_id, pk=pk)
