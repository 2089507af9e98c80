"""The pages of offers and of their import, and their table on the page of a product."""

from collections.abc import Sequence
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext

from core.pages.columns import PageColumn, Row, columns_of, form_column
from core.pages.links import (
    Action,
    Verb,
    add,
    find_form_page,
    link_to_form,
    link_to_row,
    remove,
    save,
    say_name,
)
from core.pages.tables import DetailPage, TablePage, TableSection
from core.sentences import fill
from core.translation import gettext_noop as _
from products.filing.pages.table_page import CHANGE, LINE, ImportTablePage
from products.look_ups import PRODUCTS
from products.models import MAX_OFFERS, Offer
from products.offers.files import TABLE
from suppliers.look_ups import SUPPLIERS
from users.access.roles import Right, may

FORM_FIELDS: dict[str, dict[str, Any]] = {
    "product": {"look_up": PRODUCTS},
    "supplier": {
        "look_up": SUPPLIERS, "adds_rows": True, "attrs": {"autofocus": True},
        "help_text": "A new name adds a supplier.",
    },
}  # fmt: skip


def confirm_prefer(offer: Any) -> list[str]:
    if offer.is_preferred:
        return [fill("{supplier} is the preferred supplier of {product} already.", **name(offer))]
    said = _("{product} is ordered from {supplier} from now on. Its supplier until now stays in the list.")
    return [fill(said, **name(offer))]


def confirm_remove(offer: Any) -> list[str]:
    if not offer.is_preferred:
        return [fill("{supplier} is no longer a supplier of {product}.", **name(offer))]
    said = _(
        "{product} has no preferred supplier any more, and keeps its cost price. You can prefer another one first."
    )
    return [fill(said, **name(offer))]


def name(offer: Any) -> dict[str, str]:
    return {"product": offer.product_name, "supplier": offer.supplier_name}


VERBS: dict[str, Verb] = {
    "create": add("Add a supplier", "offer-detail", "supplier_name"),
    "put": save("supplier_name"),
    "prefer": Verb(
        "Prefer", say=lambda offer: say_name(_("{name} is preferred now."), "supplier_name", offer),
        link=link_to_row("product-detail", "product"), confirm=confirm_prefer,
    ),
    "destroy": remove("Remove", "Removed the offer.", confirm_remove),
}  # fmt: skip
offer_column = columns_of(Offer)
TERMS = (
    PageColumn("is_preferred", "Preferred", write=lambda offer: gettext("yes") if offer["is_preferred"] else ""),
    offer_column("supplier_sku"),
    offer_column("pack_size", kind="goods"),
    offer_column("cost_price", kind="money"),
    offer_column("min_packs", kind="number", is_extra=True),
    offer_column("lead_days", kind="number", is_extra=True),
)
PRODUCT = PageColumn("product_name", "Product", links_to="product")
OFFERS = TablePage(
    (PageColumn("supplier_name", "Supplier", page="offer-detail"), PRODUCT, *TERMS),
    empty="No offers yet.",
    hint="Say what else a supplier sells you a product for: then orders to it have its numbers and prices.",
)
OFFER = DetailPage(
    lambda offer: f"{offer['product_name']}: {offer['supplier_name']}",
    (
        PRODUCT,
        PageColumn("supplier_name", "Supplier", links_to="supplier"),
        *TERMS,
        offer_column("note"),
    ),
    actions=(
        Action(
            "Prefer", lambda offer: "" if offer["is_preferred"] else link_to_form("offer-prefer")(offer),
            style="primary", right=Right.MANAGE_PRODUCTS,
        ),
        Action("Edit", link_to_form("offer-detail"), right=Right.MANAGE_PRODUCTS),
        Action("Remove", form="DELETE"),
        Action("Product", link_to_row("product-detail", "product")),
    ),
)  # fmt: skip


# --- On the page of a product -----------------------------------------------------------------------------


def add_forms(user: Any, offers: Sequence[Row]) -> Sequence[Row]:
    """Return the offers with the addresses of their forms, if the user may send these."""
    if not may(user, Right.MANAGE_PRODUCTS):
        return offers
    return [
        {
            **offer,
            "prefer_form": "" if offer["is_preferred"] else link_to_form("offer-prefer")(offer),
            "edit_form": link_to_form("offer-detail")(offer),
            "remove_form": find_form_page(reverse("offer-detail", args=[offer["id"]]), "DELETE"),
        }
        for offer in offers
    ]


def link_to_add(product: Row) -> str:
    """Return the address of the form that adds a supplier of the product, or nothing if it has as many as it may."""
    if len(product.get("offers", ())) >= MAX_OFFERS:
        return ""
    return f"{find_form_page(reverse('offer-list'))}?product={product['id']}"


OF_PRODUCT = TableSection(
    "offers", "Suppliers",
    (
        PageColumn("supplier_name", "Supplier", page="offer-detail"), *TERMS,
        form_column("prefer_form", "Prefer"), form_column("edit_form", "Edit"), form_column("remove_form", "Remove"),
    ),
    empty="", is_optional=True,
)  # fmt: skip


class ImportOffersPage(ImportTablePage):
    title = _("Import offers")
    about = _(
        "Choose a table with a row for each offer: Excel, LibreOffice or CSV, up to {max_rows} rows. A row names the"
        " supplier, and the product by its SKU, its barcode or the supplier's number."
    )
    docs, list_route, max_rows, labels = "/docs/suppliers/#files", "offer-list", TABLE.max_rows, TABLE.labels
    written = TableSection(
        "offers", "Offers",
        (
            LINE, PageColumn("name", "Product", links_to="offer"),
            PageColumn("supplier_name", "Supplier"), CHANGE,
        ),
        empty="", is_optional=True,
    )  # fmt: skip
