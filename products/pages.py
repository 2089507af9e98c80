"""The pages of categories, products and items. desk.shop.product_page describes the page of a product."""

from typing import Any

from django.utils.translation import gettext
from rest_framework.reverse import reverse

from core.amounts import scale
from core.pages.columns import Mark, PageColumn, Row, columns_of
from core.pages.links import POST_FORM, PUT_FORM, Action, PageLink, Verb, add, link_to_list, remove, restore, save
from core.pages.tables import DetailPage, TablePage
from core.pages.widgets import (
    BOOLEAN,
    FOLDS,
    HIDDEN,
    HINTS,
    OMITTED,
    WIDGETS,
    Widget,
    describe_row,
    get_user,
    is_sent,
    make_lines_widget,
)
from core.sentences import Goods, fill, fill_plural
from core.translation import gettext_noop as _
from desk.reports.reading.still_open import add_open
from products.attributes.fields import GroupField, OptionsField
from products.codes.services import write_codes
from products.filing.serializers import ImportSerializer
from products.look_ups import PRODUCTS as LOOK_UP
from products.models import Category, Product
from products.own_fields.models import CustomField, FieldType
from products.reading.details import add_first_dates
from products.serializers import CategoryField, ProductSerializer, SupplierField
from products.variants.models import Group
from records.history.models import Kind
from records.history.pages import show_changes
from suppliers.look_ups import SUPPLIERS
from users.access.roles import Right


def describe_own_fields(field: Any) -> dict[str, Any]:
    """Return an input of each of the shop's own fields, with its value as it was sent or as the shop writes it."""
    user, stored = get_user(field), field.value if isinstance(field.value, dict) else {}
    sign = user.shop_decimal_sign

    def list_inputs() -> list[dict[str, Any]]:
        inputs = []
        for own in CustomField.objects.shown_to(user):
            name, value = f"{field.name}.{own.key}", str(stored.get(own.key, ""))
            written = {"number": value.replace(".", sign), "yes_no": value.lower()}
            text = field.root.initial_data.get(name, "") if is_sent(field) else written.get(own.type, value)
            inputs.append({"name": name, "own": own, "text": text, "choices": list_choices(own)})
        return inputs

    return {"inputs": list_inputs}


def list_choices(own: CustomField) -> list[tuple[str, str]]:
    """Return the values and the words of a choice, and no choices for an input."""
    if own.type == FieldType.YES_NO:
        return [("true", gettext("yes")), ("false", gettext("no"))]
    return [(choice, choice) for choice in own.choices]


def link_similar(user: Any, text: str) -> list[PageLink]:
    """Return links to the products whose names are spelt most like the text."""
    found = LOOK_UP.describe_similar(user, text) if user.account_id else {}
    return [PageLink(title, reverse("product-detail", args=[pk])) for pk, title in found.items()]


def describe_tags(field: Any) -> dict[str, Any]:
    """Return the tags with commas between them, or what was sent."""
    return {"text": field.root.initial_data.get(field.name, "") if is_sent(field) else ", ".join(field.value or ())}


HINTS[ProductSerializer, "quantity"] = _("A changed number is booked as a difference.")
HINTS[ProductSerializer, "unit"] = _("Such as kg or pack. The unit can't change once the product has movements.")
HINTS[ProductSerializer, "tags"] = _("With commas between them.")
HINTS[ProductSerializer, "expiration_date"] = _("The first day on which it counts as expired.")
HINTS[ProductSerializer, "cost_price"] = _("What you pay for one. Workers do not see it.")


def describe_quantity(field: Any) -> dict[str, Any]:
    """Return the quantity as people type it, or as it was sent."""
    if is_sent(field) or field.value in (None, ""):
        return {"text": field.value if field.value is not None else ""}
    amount = scale(int(field.value), getattr(field.root.instance, "decimals", 0))
    return {"text": str(amount).replace(".", get_user(field).shop_decimal_sign)}


def find_group(field: Any) -> Row:
    """Return the part of the product's profile that names its group, or nothing."""
    return getattr(field.root.instance, "profile", None) or {}


def describe_group(field: Any) -> dict[str, Any]:
    """Return the variables of a look-up of groups, with the name of the product's group."""
    described = describe_row(field)
    return described if is_sent(field) else {**described, "text": find_group(field).get("group_name") or ""}


def describe_options(field: Any) -> dict[str, Any]:
    """Return the axes of the product's group with its options, as they were sent."""
    profile, group_id = find_group(field), find_group(field).get("group")
    group = Group.objects.for_user(get_user(field)).filter(pk=group_id).first() if group_id else None
    sent = field.root.initial_data if is_sent(field) else {}
    values = {axis: profile.get("options", {}).get(axis, "") for axis in (group.axes if group else ())}
    return {"options": [(axis, sent.get(f"{field.name}.{axis}", value)) for axis, value in values.items()]}


def write_options(row: Row) -> str:
    return ", ".join((row.get("options") or {}).values())


FOLDS[ProductSerializer] = (
    (_("Buying"), ("supplier", "supplier_sku", "cost_price", "pack_size")),
    (_("Description, tags and your own fields"), ("description", "tags", "fields")),
    (_("Unit, further codes and variants"), ("unit", "decimals", "codes", "group", "options")),
)
QUANTITY = Widget("amount.html", describe_quantity)
HINTS[ProductSerializer, "decimals"] = _("0 for pieces; 3 for kilograms or litres of which grams or millilitres count.")
WIDGETS |= {
    (ProductSerializer, "quantity"): QUANTITY,
    (ProductSerializer, "min_threshold"): QUANTITY,
    (ProductSerializer, "pack_size"): QUANTITY,
    (ProductSerializer, "amount"): OMITTED,
    (ProductSerializer, "quantity_in_stock"): OMITTED,
    (ProductSerializer, "expected_quantity"): OMITTED,
    (ProductSerializer, "stock_sequence"): HIDDEN,
    (ProductSerializer, "codes"): make_lines_widget(write_codes),
    (ProductSerializer, "fields"): Widget("own_fields.html", describe_own_fields),
    (ProductSerializer, "tags"): Widget("amount.html", describe_tags),
    (ImportSerializer, "file"): Widget("import_file.html"),
    (ImportSerializer, "dry_run"): BOOLEAN,
    (ImportSerializer, "create_missing"): BOOLEAN,
    (ImportSerializer, "moving"): BOOLEAN,
    GroupField: Widget(
        "row.html", describe_group, {"hint": _("The group of a variant. Its axes are here once saved.")}
    ),
    OptionsField: Widget("options.html", describe_options),
    SupplierField: Widget("row.html", describe_row, {"hint": SUPPLIERS.hint}),
    CategoryField: Widget(
        "look_up.html", describe_row, {"hint": _("The name of a category. A new name creates a category.")}
    ),
}
LOW = Mark("low", lambda row: row.get("is_low_stock") and row["quantity"] > 0)
OUT = Mark("out of stock", lambda row: row.get("is_low_stock") and row["quantity"] == 0, "urgent")
# Low stock is that at or below the threshold, whether it is promised to somebody or not.
PROMISED = Mark("{quantity} not promised", lambda row: row.get("reserved"), goods="available")
STOCK_MARKS = (OUT, LOW, PROMISED)
EXPIRED = Mark("expired", lambda row: row.get("is_expired"), "urgent")
EXPIRES = PageColumn(
    "expiration_date", "Expires", kind="date", marks=(EXPIRED,),
    write=lambda row: row.get("first_date") or row["expiration_date"],
)  # fmt: skip


def confirm_product(product: Product) -> list[str]:
    what = _(
        "{name} leaves all lists and sums, with {number:,} in stock, and can't be booked. Its history stays, and you"
        " can restore it."
    )
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
EDIT = Action("Edit", lambda _row: f"#{PUT_FORM}", needs="put_form")
ADD_FIRST = PageLink("Add the first one", f"#{POST_FORM}", style="primary")
ADD_FIRST_PRODUCT = PageLink("Add the first one", "/shop/products/add/", style="primary", right=Right.MANAGE_PRODUCTS)
IMPORT = PageLink("Import a file", "import/", right=Right.MANAGE_PRODUCTS)

TAGS = PageColumn("tags", "Tags", write=lambda row: ", ".join(row["tags"]), is_optional=True)
product_column = columns_of(Product)
category_column = columns_of(Category)
OF_GROUP = PageColumn("group_name", "Group", page="group-detail", id_field="group", is_optional=True, is_extra=True)
OPTIONS = PageColumn("options", "Options", is_optional=True, write=write_options)
PRODUCT_COLUMNS = (
    PageColumn("name", "Product", page="product-detail", picture="picture"),
    OPTIONS,
    TAGS,
    product_column("sku"),
    product_column("quantity", kind="goods", marks=STOCK_MARKS),
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
    ),
    kept=("expires_after", "expires_before"),
    nothing_found="pages/unknown_product.html",
    suggest=link_similar,
    extend=add_first_dates,
    file_page="product-export",
)
ITEMS = TablePage(
    (
        PageColumn("name", "Item", page="item-detail"),
        product_column("quantity", kind="goods"),
        product_column("price", kind="money"),
        product_column("category"),
        PageColumn("last_updated", "Last updated", kind="moment"),
    ),
    empty=_("No items yet."),
    first=(ADD_FIRST,),
)
ITEM_LEVELS = TablePage(
    (
        PageColumn("name", "Item", page="item-detail"),
        product_column("quantity", kind="goods", marks=STOCK_MARKS),
        product_column("min_threshold", kind="goods"),
    ),
    empty=_("No items yet."),
)
CATEGORIES = TablePage(
    (PageColumn("name", "Category", page="category-detail"), category_column("created_at", kind="moment")),
    empty=_("No categories yet."),
    hint=_("Add one here, or name one in a product: a new name creates a category."),
    first=(PageLink("Add the first one", form="POST", style="primary"),),
)
ADD_CHANGES, CHANGES = show_changes(Kind.CATEGORY)
CATEGORY = DetailPage(
    "name",
    (category_column("created_at", kind="moment"),),
    actions=(
        Action("Its products", link_to_list("product-list", category="id"), style="primary"),
        Action("Edit", form="PUT"),
    ),
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
    figures=(product_column("quantity", kind="goods"), product_column("price", kind="money")),
)
