"""The pages of suppliers."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext

from core.pages.columns import PageColumn, columns_of
from core.pages.links import Action, PageLink, link_to_list
from core.pages.still_open import add_open
from core.pages.tables import TablePage
from core.sentences import fill_plural
from records.contacts.view_bases import make_page, make_verbs
from records.history.models import Kind
from suppliers.models import Supplier
from users.access.roles import Right

ERASE = "Erase the contact"


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


VERBS = make_verbs(
    Kind.SUPPLIER, add_row="Add supplier", erase=ERASE, erased="Erased the contact.",
    confirm_erasing=lambda supplier: [
        gettext(
            "The e-mail address, the phone number and the address of {name} are removed everywhere, also from the"
            " history and from orders. Orders that are still to be mailed are not mailed. Nobody can undo this."
        ).format(name=supplier.name)
    ],
    archived="Archived the supplier. Its products have none now.", confirm=confirm_supplier,
)  # fmt: skip
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
    empty="No suppliers yet.",
    hint="Say who sells you what: an order then suggests what to buy, and goes out by mail.",
    first=(PageLink("Add the first one", form="POST", style="primary"),),
)


def link_to_price_lists(row: Any) -> str:
    """Return the address of the supplier's price lists, which one that was merged has no more."""
    return "" if row["merged_into"] else reverse("price-list-list", args=[row["id"]])


SUPPLIER = make_page(
    Supplier,
    (supplier_column("contact_email"), supplier_column("phone_number"), supplier_column("address"), LEAD_DAYS),
    erase=ERASE,
    actions=(
        Action("Its products", link_to_list("product-list", supplier="id"), style="primary"),
        Action("Price list", link_to_price_lists, right=Right.MANAGE_PRODUCTS),
    ),
)  # fmt: skip
