"""The pages of categories, products and items. stock.product_page describes the page of a product."""

from typing import Any

from django.utils.translation import gettext
from rest_framework.reverse import reverse

from core.pages.columns import Mark, PageColumn, Row, columns_of
from core.pages.links import Action, PageLink, Verb, add, link_to_list, remove, restore, save
from core.pages.tables import DetailPage, TablePage
from core.sentences import Goods, fill, fill_plural
from core.translation import gettext_noop as _
from desk.reports.reading.door import add_open
from products.look_ups import PRODUCTS as LOOK_UP
from products.models import Category, CustomField, FieldType, Product
from products.reading.door import add_first_dates, add_keeps_stock
from records.history.door import show_changes
from records.history.models import Kind
from users.access.roles import Right


def list_choices(own: CustomField) -> list[tuple[str, str]]:
    """Return the values and the words of a choice, and no choices for an input."""
    if own.type == FieldType.YES_NO:
        return [("true", gettext("yes")), ("false", gettext("no"))]
    return [(choice, choice) for choice in own.choices]


def link_similar(user: Any, text: str) -> list[PageLink]:
    """Return links to the products whose names are spelt most like the text."""
    found = LOOK_UP.describe_similar(user, text) if user.account_id else {}
    return [PageLink(title, reverse("product-detail", args=[pk])) for pk, title in found.items()]


def show_stock(row: Row) -> int | None:
    """Return the quantity, or None for a product without stock."""
    return row.get("quantity") if row.get("keeps_stock", True) else None


def write_options(row: Row) -> str:
    return ", ".join((row.get("options") or {}).values())


LOW = Mark("low", lambda row: row.get("is_low_stock") and row["quantity"] > 0, "low")
OUT = Mark("out of stock", lambda row: row.get("is_low_stock") and row["quantity"] == 0, "out")
# Low stock is that at or below the threshold, whether it is promised to somebody or not.
PROMISED = Mark(
    "{quantity} not promised", lambda row: row.get("reserved") and row["available"] is not None, goods="available"
)
STOCK_MARKS = (OUT, LOW, PROMISED)
EXPIRED = Mark("expired", lambda row: row.get("is_expired"), "out")
EXPIRES = PageColumn(
    "expiration_date", "Expires", kind="date", marks=(EXPIRED,),
    write=lambda row: row.get("first_date") or row["expiration_date"],
)  # fmt: skip


def confirm_product(product: Product) -> list[str]:
    what = _(
        "{name} leaves all lists and sums, with {number:,} in stock, and can't be sold or received. Its"
        " history stays, and you can restore it."
    )
    if not product.keeps_stock:
        what = _("{name} leaves all lists, and can't be sold or received. Its history stays, and you can restore it.")
    return add_open(
        fill(what, name=product.name, number=Goods(product.quantity, product.decimals, product.unit)), product
    )


def confirm_category(category: Category) -> list[str]:
    number = category.products.filter(owner_id=category.owner_id).count()
    what = fill_plural(
        "{name} leaves the list. It has {number:,} product: no category is shown for it until you restore it.",
        "{name} leaves the list. It has {number:,} products: no category is shown for them until you restore it.",
        number,
        name=category.name,
    )
    return [what]


ARCHIVE = remove("Archive", _("Archived: the history stays, and restoring brings it back."), confirm_product)
PRODUCT_VERBS = {
    "update": save(), "destroy": ARCHIVE, "restore": restore("product-detail"), "import_products": Verb("Import"),
}  # fmt: skip
ITEM_VERBS = {"create": add("Add item", "item-detail"), "update": save(), "destroy": ARCHIVE}
CATEGORY_VERBS = {
    "create": add("Add category", "category-detail"), "update": save(), "restore": restore("category-detail"),
    "destroy": remove("Archive", _("Archived the category. Its products have none now."), confirm_category),
}  # fmt: skip
EDIT = Action("Edit", form="PUT")
ADD_FIRST = PageLink("Add the first one", form="POST", style="primary")
ADD_FIRST_PRODUCT = PageLink("Add the first one", "/shop/products/add/", style="primary", right=Right.MANAGE_PRODUCTS)
IMPORT = PageLink("Import a file", "import/", right=Right.MANAGE_PRODUCTS)

TAGS = PageColumn("tags", "Tags", write=lambda row: ", ".join(row["tags"]), is_optional=True)
product_column = columns_of(Product)
category_column = columns_of(Category)
STOCK = product_column("quantity", kind="goods", marks=STOCK_MARKS, write=show_stock)
OF_GROUP = PageColumn("group_name", "Group", page="group-detail", id_field="group", is_optional=True, is_extra=True)
OPTIONS = PageColumn("options", "Options", is_optional=True, write=write_options)
PRODUCT_COLUMNS = (
    PageColumn("picture", "Picture", kind="picture", page="product-detail", is_optional=True),
    PageColumn("name", "Product", page="product-detail"),
    OPTIONS,
    TAGS,
    product_column("sku"),
    STOCK,
    product_column("unit", is_extra=True),
    product_column("price", kind="money"),
    OF_GROUP,
    PageColumn("category_name", "Category", page="category-detail", id_field="category"),
    PageColumn("supplier_name", "Supplier", page="supplier-detail", id_field="supplier", is_extra=True),
    EXPIRES,
)
PRODUCTS = TablePage(
    PRODUCT_COLUMNS,
    empty=_("No products yet."),
    hint=_("Add the first one, or import the file that you have: Excel and CSV both work."),
    first=(ADD_FIRST_PRODUCT, IMPORT),
    is_filled_elsewhere=True,
    tasks=(PageLink("Add a product", "/shop/products/add/", style="primary", right=Right.MANAGE_PRODUCTS),),
    choices=(
        PageLink("Labels", "/shop/labels/", right=Right.READ),
        PageLink("Write off", "/shop/write-off/", right=Right.WORK),
        PageLink("Tag", "/shop/tag/", right=Right.MANAGE_PRODUCTS),
        PageLink("Price", "/shop/edit/price/", right=Right.MANAGE_PRODUCTS),
        PageLink("Category", "/shop/edit/category/", right=Right.MANAGE_PRODUCTS),
        PageLink("Low at", "/shop/edit/low-at/", right=Right.MANAGE_PRODUCTS),
        PageLink("Archive", "/shop/edit/archive/", right=Right.MANAGE_PRODUCTS),
    ),
    kept=("expires_after", "expires_before"),
    first_filters=("category", "supplier", "low_stock", "in_stock"),
    nothing_found="pages/unknown_product.html",
    suggest=link_similar,
    extend=add_first_dates,
    file_page="product-export",
)
ITEMS = TablePage(
    (
        PageColumn("name", "Item", page="item-detail"),
        STOCK,
        product_column("price", kind="money"),
        product_column("category"),
        PageColumn("last_updated", "Last updated", kind="moment"),
    ),
    empty=_("No items yet."),
    first=(ADD_FIRST,),
    extend=add_keeps_stock,
)
ITEM_LEVELS = TablePage(
    (
        PageColumn("name", "Item", page="item-detail"),
        STOCK,
        product_column("min_threshold", kind="goods"),
    ),
    empty=_("No items yet."),
    extend=add_keeps_stock,
)
CATEGORIES = TablePage(
    (PageColumn("name", "Category", page="category-detail"), category_column("created_at", kind="moment")),
    empty=_("No categories yet."),
    hint=_("Add one here, or name one in a product: a new name creates a category."),
    first=(ADD_FIRST,),
)
ADD_CHANGES, CHANGES = show_changes(Kind.CATEGORY)
CATEGORY = DetailPage(
    "name",
    (category_column("created_at", kind="moment"),),
    actions=(Action("Its products", link_to_list("product-list", category="id"), style="primary"), EDIT),
    sections=(CHANGES,),
    extend=ADD_CHANGES,
)
ITEM = DetailPage(
    "name",
    (
        product_column("description"),
        product_column("category"),
        PageColumn("date_added", "Date added", kind="moment"),
        PageColumn("last_updated", "Last updated", kind="moment"),
    ),
    figures=(STOCK, product_column("price", kind="money")),
    extend=lambda user, row: add_keeps_stock(user, [row])[0],
)
