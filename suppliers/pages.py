"""The pages of suppliers."""

from django.urls import reverse
from django.utils.translation import gettext

from core.pages.columns import PageColumn, columns_of
from core.pages.links import (
    POST_FORM,
    PUT_FORM,
    Action,
    PageLink,
    Verb,
    add,
    link_to_list,
    link_to_row,
    remove,
    restore,
    save,
)
from core.pages.tables import DetailPage, TablePage
from core.sentences import fill_plural
from core.translation import gettext_noop as _
from desk.reports.still_open import add_open
from records.history.models import Kind
from records.history.pages import show_changes
from suppliers.models import Supplier
from users.access.roles import Right


def confirm_supplier(supplier: Supplier) -> list[str]:
    number = supplier.products.filter(owner_id=supplier.owner_id).count()
    what = fill_plural(
        "{name} leaves the list. It has {number:,} product: no supplier is shown for it until you restore it. Orders"
        " keep its name.",
        "{name} leaves the list. It has {number:,} products: no supplier is shown for them until you restore it. Orders"
        " keep its name.",
        number,
        name=supplier.name,
    )
    return add_open(what, supplier)


VERBS = {
    "erase": Verb(
        "Erase the contact", _("Erase for ever"), say=lambda _row: _("Erased the contact."),
        link=link_to_row("supplier-detail"), is_final=True,
        confirm=lambda supplier: [
            gettext(
                "The e-mail address and the phone number of {name} are removed everywhere, also from the history and"
                " from orders. Orders that are still to be mailed are not mailed. Nobody can undo this."
            ).format(name=supplier.name)
        ],
    ),
    "create": add("Add supplier", "supplier-detail"), "update": save(), "restore": restore("supplier-detail"),
    "destroy": remove("Archive", _("Archived the supplier. Its products have none now."), confirm_supplier),
}  # fmt: skip
supplier_column = columns_of(Supplier)
LEAD_DAYS = supplier_column("lead_days", kind="number")
SUPPLIERS = TablePage(
    (
        PageColumn("name", "Supplier", page="supplier-detail"),
        supplier_column("contact_email"),
        supplier_column("phone_number"),
        LEAD_DAYS,
        supplier_column("created_at", kind="moment", is_extra=True),
    ),
    empty=_("No suppliers yet."),
    hint=_("Say who sells you what: an order then suggests what to buy, and goes out by mail."),
    first=(PageLink("Add the first one", f"#{POST_FORM}", style="primary"),),
)
ADD_CHANGES, CHANGES = show_changes(Kind.SUPPLIER)
SUPPLIER = DetailPage(
    "name",
    (
        supplier_column("contact_email"),
        supplier_column("phone_number"),
        LEAD_DAYS,
        supplier_column("external_id"),
        supplier_column("created_at", kind="moment"),
    ),
    actions=(
        Action("Its products", link_to_list("product-list", supplier="id"), style="primary"),
        Action("Edit", lambda _row: f"#{PUT_FORM}", needs="put_form"),
        Action(
            "Erase the contact", lambda row: reverse("supplier-erase", args=[row["id"]]), right=Right.MANAGE_PRODUCTS
        ),
    ),
    sections=(CHANGES,),
    extend=ADD_CHANGES,
)
