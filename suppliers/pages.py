"""The pages of suppliers."""

from core.pages.columns import PageColumn
from core.pages.links import (
    POST_FORM,
    PUT_FORM,
    Action,
    PageLink,
    add,
    link_to_list,
    remove,
    restore,
    save,
)
from core.pages.tables import DetailPage, TablePage
from core.sentences import fill_plural
from core.translation import gettext_noop as _
from history.models import Kind
from history.pages import show_changes
from suppliers.models import Supplier


def confirm_archive(supplier: Supplier) -> list[str]:
    number = supplier.products.filter(owner_id=supplier.owner_id).count()
    what = fill_plural(
        "{name} leaves the list. It has {number:,} product: no supplier is shown for it until you restore it. Orders"
        " keep its name.",
        "{name} leaves the list. It has {number:,} products: no supplier is shown for them until you restore it. Orders"
        " keep its name.",
        number,
        name=supplier.name,
    )
    return [what]


VERBS = {
    "create": add("Add supplier", "supplier-detail"), "update": save(), "restore": restore("supplier-detail"),
    "destroy": remove("Archive", _("Archived the supplier. Its products have none now."), confirm_archive),
}  # fmt: skip
LEAD_DAYS = PageColumn("lead_days", "Lead time in days", kind="number")
SUPPLIERS = TablePage(
    (
        PageColumn("name", "Supplier", page="supplier-detail"),
        PageColumn("contact_email", "E-mail"),
        PageColumn("phone_number", "Phone"),
        LEAD_DAYS,
        PageColumn("created_at", "Added", kind="moment", is_extra=True),
    ),
    empty=_("No suppliers yet."),
    first=(PageLink("Add the first one", f"#{POST_FORM}", style="primary"),),
)
ADD_CHANGES, CHANGES = show_changes(Kind.SUPPLIER)
SUPPLIER = DetailPage(
    "name",
    (
        PageColumn("contact_email", "E-mail"),
        PageColumn("phone_number", "Phone"),
        LEAD_DAYS,
        PageColumn("external_id", "Id in another program"),
        PageColumn("created_at", "Added", kind="moment"),
    ),
    actions=(
        Action("Its products", link_to_list("product-list", supplier="id"), style="primary"),
        Action("Edit", lambda _row: f"#{PUT_FORM}", needs="put_form"),
    ),
    sections=(CHANGES,),
    extend=ADD_CHANGES,
)
