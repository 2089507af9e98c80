"""The pages of rates of VAT."""

from typing import Any

from core.pages.columns import PageColumn, columns_of
from core.pages.links import Action, PageLink, Verb, add, remove, restore, save
from core.pages.tables import DetailPage, TablePage
from core.sentences import fill_plural
from core.translation import gettext_noop as _
from products.taxes.models import Tax
from records.history.models import Kind
from records.history.pages import show_changes


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
    "create": add(_("Add rate of VAT"), "tax-detail"), "update": save(), "restore": restore("tax-detail"),
    "destroy": remove("Archive", _("Archived the rate. Its products have none now."), confirm_archive),
}  # fmt: skip
tax_column = columns_of(Tax)
RATE = tax_column("rate", kind="decimal")
TAXES = TablePage(
    (PageColumn("name", "Name", page="tax-detail"), RATE),
    empty=_("No rates of VAT yet."),
    hint=_("Add the rates that you charge, and choose one for each product. Without them, nothing has VAT."),
    first=(PageLink("Add the first one", form="POST", style="primary"),),
)
ADD_CHANGES, CHANGES = show_changes(Kind.TAX)
TAX = DetailPage(
    "name",
    (RATE, tax_column("created_at", kind="moment")),
    actions=(Action("Edit", form="PUT"),),
    sections=(CHANGES,),
    extend=ADD_CHANGES,
)
