"""What people see of categories, products and items."""

from core.pages.columns import Column, Mark
from core.pages.details import DetailPage
from core.pages.tables import TablePage

LOW = Mark("low", lambda row: row.get("is_low_stock") and row["quantity"] > 0)
OUT = Mark("out of stock", lambda row: row.get("is_low_stock") and row["quantity"] == 0, "danger")
EXPIRED = Mark("expired", lambda row: row.get("is_expired"), "danger")

PRODUCTS = TablePage(
    columns=(
        Column("name", "Product", page="product-detail"),
        Column("sku", "SKU"),
        Column("quantity", kind="number", marks=(OUT, LOW)),
        Column("unit", is_wide_only=True),
        Column("price", kind="money"),
        Column("category_name", "Category"),
        Column("supplier_name", "Supplier", page="supplier-detail", id_field="supplier", is_wide_only=True),
        Column("expiration_date", "Expires", kind="date", marks=(EXPIRED,)),
    ),
    empty="No products yet. Add the first one, or import the file that you have.",
)
ITEMS = TablePage(
    columns=(
        Column("name", "Item", page="item-detail"),
        Column("quantity", kind="number"),
        Column("price", kind="money"),
        Column("category"),
        Column("last_updated", kind="moment"),
    ),
    empty="No items yet. Add the first one.",
)
ITEM_LEVELS = TablePage(
    columns=(
        Column("name", "Item", page="item-detail"),
        Column("quantity", kind="number", marks=(OUT, LOW)),
        Column("min_threshold", "Threshold", kind="number"),
    ),
    empty="No items yet.",
)
CATEGORIES = TablePage(
    columns=(Column("name", "Category", page="category-detail"), Column("created_at", "Added", kind="moment")),
    empty="No categories yet. Add one here, or name one in a product.",
)
CATEGORY = DetailPage("name", (Column("name", "Category"), Column("created_at", "Added", kind="moment")))
ITEM = DetailPage(
    "name",
    (
        Column("description"),
        Column("quantity", kind="number"),
        Column("price", kind="money"),
        Column("category"),
        Column("date_added", kind="moment"),
        Column("last_updated", kind="moment"),
    ),
)
