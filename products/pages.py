"""The pages of categories, products and items. stock.product_page describes the page of a product."""

from typing import Any

from django.utils.translation import gettext
from rest_framework.reverse import reverse

from core.money.amounts import PIECES
from core.pages.columns import PageColumn, columns_of
from core.pages.links import Action, PageLink, Verb, add, link_to_list, remove, restore, save
from core.pages.still_open import add_open
from core.pages.tables import DetailPage, TablePage
from core.sentences import Goods, fill, fill_plural
from core.translation import gettext_noop as _
from products.look_ups import PRODUCTS as LOOK_UP
from products.models import Category, CustomField, FieldType, Product
from products.page_columns import EDIT, EXPIRES, OF_GROUP, OPTIONS, STOCK_MARKS, TAGS, show_stock
from products.reading.details import add_first_dates, add_keeps_stock
from records.history.models import Kind
from records.history.pages import show_changes
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


ARCHIVE = remove("Archive", "Archived: the history stays, and restoring brings it back.", confirm_product)
PRODUCT_VERBS = {
    "update": save(), "destroy": ARCHIVE, "restore": restore("product-detail"), "import_products": Verb("Import"),
}  # fmt: skip
ITEM_VERBS = {"create": add("Add item", "item-detail"), "update": save(), "destroy": ARCHIVE}
CATEGORY_VERBS = {
    "create": add("Add category", "category-detail"), "update": save(), "restore": restore("category-detail"),
    "destroy": remove("Archive", "Archived the category. Its products have none now.", confirm_category),
}  # fmt: skip
ADD_FIRST = PageLink("Add the first one", form="POST", style="primary")
ADD_FIRST_PRODUCT = PageLink("Add the first one", "/shop/products/add/", style="primary", right=Right.MANAGE_PRODUCTS)
IMPORT = PageLink("Import a file", "import/", right=Right.MANAGE_PRODUCTS)

product_column = columns_of(Product)
category_column = columns_of(Category)
STOCK = product_column("quantity", kind="goods", marks=STOCK_MARKS, write=show_stock)
PRODUCT_COLUMNS = (
    PageColumn("picture", "Picture", kind="picture", page="product-detail", is_optional=True),
    PageColumn("name", "Product", page="product-detail"),
    OPTIONS,
    TAGS,
    product_column("sku"),
    STOCK,
    product_column(
        "unit",
        is_extra=True,
        is_optional=True,
        write=lambda row: "" if row.get("decimals") or PIECES.fullmatch(row.get("unit") or "") else row.get("unit"),
    ),
    product_column("price", kind="money"),
    OF_GROUP,
    PageColumn("category_name", "Category", links_to="category"),
    PageColumn("supplier_name", "Supplier", links_to="supplier", is_extra=True),
    EXPIRES,
)
PRODUCTS = TablePage(
    PRODUCT_COLUMNS,
    empty="No products yet.",
    hint="Add the first one, or import the file that you have: Excel and CSV both work.",
    first=(ADD_FIRST_PRODUCT, IMPORT),
    is_filled_elsewhere=True,
    tasks=(
        PageLink("Add a product", "/shop/products/add/", style="primary", right=Right.MANAGE_PRODUCTS),
        PageLink("Import", "/api/products/import/", right=Right.MANAGE_PRODUCTS),
    ),
    choices=(
        PageLink("Labels", "/shop/labels/", right=Right.READ),
        PageLink("Write off", "/shop/write-off/", right=Right.WORK),
        PageLink("Tag", "/shop/tag/", right=Right.MANAGE_PRODUCTS),
        PageLink("Price", "/shop/edit/price/", right=Right.MANAGE_PRODUCTS),
        PageLink("Category", "/shop/edit/category/", right=Right.MANAGE_PRODUCTS),
        PageLink("VAT", "/shop/edit/tax/", right=Right.MANAGE_PRODUCTS),
        PageLink("Keeps stock", "/shop/edit/keeps-stock/", right=Right.MANAGE_PRODUCTS),
        PageLink("Low at", "/shop/edit/low-at/", right=Right.MANAGE_PRODUCTS),
        PageLink("Archive", "/shop/edit/archive/", right=Right.MANAGE_PRODUCTS),
    ),
    kept=("expires_after", "expires_before"),
    first_filters=("category", "supplier", "low_stock"),
    nothing_found="pages/unknown_product.html",
    suggest=link_similar,
    extend=add_first_dates,
    file_page="product-export",
    is_compact=True,
)
ITEMS = TablePage(
    (
        PageColumn("name", "Item", page="item-detail"),
        STOCK,
        product_column("price", kind="money"),
        product_column("category"),
        PageColumn("last_updated", "Last updated", kind="moment"),
    ),
    empty="No items yet.",
    first=(ADD_FIRST,),
    extend=add_keeps_stock,
)
ITEM_LEVELS = TablePage(
    (
        PageColumn("name", "Item", page="item-detail"),
        STOCK,
        product_column("min_threshold", kind="goods"),
    ),
    empty="No items yet.",
    extend=add_keeps_stock,
)
CATEGORIES = TablePage(
    (PageColumn("name", "Category", page="category-detail"), category_column("created_at", kind="moment")),
    empty="No categories yet.",
    hint="Add one here, or name one in a product: a new name creates a category.",
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
