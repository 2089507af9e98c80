"""What people see of the ledger."""

from core.pages.columns import Column, Row
from core.pages.details import DetailPage
from core.pages.tables import TablePage


def signed_quantity(row: Row) -> int:
    """Return the quantity with its direction: negative for OUT."""
    quantity: int = row["quantity"]
    return quantity if row["movement_type"] == "IN" else -quantity


MOVEMENTS = TablePage(
    columns=(
        Column("occurred_at", "When", kind="moment", page="movement-detail"),
        Column("product_name", "Product", page="product-detail", id_field="product"),
        Column("change", kind="number", write=signed_quantity),
        Column("new_quantity", "Balance", kind="number"),
        Column("reason"),
        Column("performed_by_username", "Who"),
        Column("reference", is_wide_only=True),
        Column("note", is_wide_only=True),
        Column("operation", page="operation-detail", id_field="operation", is_wide_only=True),
    ),
    empty="Nothing has been booked yet. Sell or receive something first.",
)
MOVEMENT = DetailPage(
    "product_name",
    (
        Column("occurred_at", "When", kind="moment"),
        Column("timestamp", "Booked", kind="moment"),
        Column("product_name", "Product", page="product-detail", id_field="product"),
        Column("movement_type", "Direction"),
        Column("quantity", kind="number"),
        Column("old_quantity", "Before", kind="number"),
        Column("new_quantity", "After", kind="number"),
        Column("reason"),
        Column("performed_by_username", "Who"),
        Column("reference"),
        Column("note"),
        Column("operation", page="operation-detail", id_field="operation"),
    ),
)
OPERATIONS = TablePage(
    columns=(
        Column("occurred_at", "When", kind="moment", page="operation-detail"),
        Column("reason"),
        Column("lines", kind="number", write=lambda row: len(row["movements"])),
        Column("products", write=lambda row: ", ".join(line["product_name"] for line in row["movements"][:3])),
        Column("performed_by_username", "Who"),
        Column("reference"),
        Column("note", is_wide_only=True),
        Column("reversed_by", "Reversed by", page="operation-detail", id_field="reversed_by", is_wide_only=True),
    ),
    empty="Nothing has been booked yet. Sell or receive something first.",
)
ITEM_CHANGES = TablePage(
    columns=(
        Column("timestamp", "When", kind="moment"),
        Column("item_name", "Item", page="item-detail", id_field="item"),
        Column("old_quantity", "Before", kind="number"),
        Column("new_quantity", "After", kind="number"),
        Column("username", "Who"),
    ),
    empty="No quantity has changed yet.",
)
