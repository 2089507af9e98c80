"""The pages of the ledger."""

from collections.abc import Sequence
from typing import Any

from core.pages.columns import Column, Mark, Row
from core.pages.details import DetailPage
from core.pages.links import Action, link_to_list, link_to_row
from core.pages.tables import Section, TablePage
from stock.portions import describe_portions

NOTHING_BOOKED = "Nothing has been booked yet. Sell or receive something first."


def signed_quantity(row: Row) -> int:
    """Return the quantity, negative for OUT."""
    quantity: int = row["quantity"]
    return quantity if row["movement_type"] == "IN" else -quantity


def product_heading(rows: Sequence[Row]) -> str:
    """Return the title of a product's history, which names the product if it has a movement."""
    return f"History of {rows[0]['product_name']}" if rows else ""


WHEN = Column("occurred_at", "When", kind="moment", page="movement-detail")
PRODUCT = Column("product_name", "Product", page="product-detail", id_field="product")
CHANGE = Column("change", kind="signed", write=signed_quantity)
BALANCE = Column("new_quantity", "Balance", kind="number")
WHERE = Column("portions", "Where", write=lambda row: describe_portions(row["portions"]), is_optional=True)
REASON = Column("reason", kind="words")
WHO = Column("performed_by_username", "Who", link=link_to_list("movement-list", performed_by="performed_by"))
REFERENCE = Column("reference", is_extra=True)
NOTE = Column("note", is_extra=True)
OPERATION = Column("operation", page="operation-detail", id_field="operation", is_extra=True)
TIMES = (Column("occurred_at", "Happened", kind="moment"), Column("timestamp", "Booked", kind="moment"))
REMARKS = (Column("reason", kind="words"), WHO, Column("reference"), Column("note"))

MOVEMENTS = TablePage(
    (WHEN, PRODUCT, CHANGE, BALANCE, WHERE, REASON, WHO, REFERENCE, NOTE, OPERATION),
    empty=NOTHING_BOOKED,
)
HISTORY = TablePage(
    (WHEN, CHANGE, BALANCE, WHERE, REASON, WHO, REFERENCE, NOTE, OPERATION),
    empty=NOTHING_BOOKED,
    title=product_heading,
)
MOVEMENT = DetailPage(
    "product_name",
    (
        *TIMES,
        Column("old_quantity", "Before", kind="number"),
        WHERE,
        Column("unit_price", "Price of one", kind="money"),
        Column("value", "Value at cost", kind="money"),
        *REMARKS,
        OPERATION,
    ),
    figures=(CHANGE, Column("new_quantity", "After", kind="number")),
    sections=(
        Section(
            "portions",
            "Where",
            (
                Column("location_name", "Location", page="location-detail", id_field="location"),
                Column("lot_code", "Lot", page="lot-detail", id_field="lot"),
                Column("expires_on", "Expires", kind="date"),
                Column("quantity", kind="number"),
            ),
            empty="",
            is_optional=True,
        ),
    ),
    actions=(
        Action("Product", link_to_row("product-detail", "product")),
        Action("Operation", link_to_row("operation-detail", "operation")),
    ),
)


def list_products(row: Row) -> str:
    """Return the names of the first products of an operation, and the number of the others."""
    names = list(dict.fromkeys(movement["product_name"] for movement in row["movements"]))
    return ", ".join(names[:3]) + (f" and {len(names) - 3:,} more" if len(names) > 3 else "")


def link_to_reversal(row: Row) -> str:
    """Return the address of the form, nothing for an operation that is reversed already."""
    return "" if row["reversed_by"] else link_to_row("operation-reverse")(row)


REVERSED = Mark("reversed", lambda row: row["reversed_by"] is not None)
OPERATIONS = TablePage(
    (
        Column("occurred_at", "When", kind="moment", page="operation-detail", marks=(REVERSED,)),
        Column("reason", kind="words"),
        Column("lines", kind="number", write=lambda row: len(row["movements"])),
        Column("products", write=list_products),
        WHO,
        REFERENCE,
        NOTE,
    ),
    empty=NOTHING_BOOKED,
)
OPERATION_PAGE = DetailPage(
    lambda row: f"{str(row['reason']).capitalize()}, operation {row['id']}",
    (
        *TIMES,
        *REMARKS,
        Column("reverses", "Reverses operation", page="operation-detail", id_field="reverses"),
        Column("reversed_by", "Reversed by operation", page="operation-detail", id_field="reversed_by"),
    ),
    sections=(
        Section(
            "movements", "Movements", (PRODUCT, CHANGE, BALANCE), empty="This operation has no movements.",
            note=lambda row: "There are more: the list of movements shows all." if row["movements_truncated"] else "",
        ),
    ),
    actions=(
        Action("Reverse", link_to_reversal, needs="is_owner"),
        Action("All movements", link_to_list("movement-list", operation="id")),
    ),
)  # fmt: skip
ITEM_CHANGES = TablePage(
    (
        Column("timestamp", "When", kind="moment"),
        Column("item_name", "Item", page="item-detail", id_field="item"),
        Column("old_quantity", "Before", kind="number"),
        Column("new_quantity", "After", kind="number"),
        Column("username", "Who"),
    ),
    empty="No quantity has changed yet.",
)


SEALS = TablePage(
    (
        Column("number", "Seal", kind="number", page="seal-detail"),
        Column("created_at", "Sealed", kind="moment"),
        Column("operations", kind="number"),
        Column("movements", kind="number"),
        Column("digest", is_extra=True),
        Column("file", "File", write=lambda _row: "Download and check", link=link_to_row("seal-file")),
    ),
    empty="Nothing has been sealed yet.",
)
SEAL_PAGE = DetailPage(
    lambda row: f"Seal {row['number']}",
    (
        Column("created_at", "Sealed", kind="moment"),
        Column("from_position", "From event", kind="number"),
        Column("to_position", "To event", kind="number"),
        Column("digest", "SHA-256 of the file"),
        Column("previous", "That of the previous seal"),
    ),
    figures=(Column("operations", kind="number"), Column("movements", kind="number")),
    actions=(
        Action("Download and check", link_to_row("seal-file"), style="primary"),
        Action("How to check it", lambda _row: "/docs/ledger/#seals"),
    ),
)


def clear_places(_user: Any, data: Row) -> Row:
    """Return the verification without the product and the sequence of breaks that have no movement."""
    broken = [{**found, "product": found["product"] or None, "sequence": found["sequence"] or None}
              for found in data["broken"]]  # fmt: skip
    return {"server_changes": [], **data, "broken": broken}


def describe_verification(data: Any) -> str:
    """Return the result as the title of the page."""
    return "The ledger is broken" if data["broken"] else "The ledger holds"


VERIFICATION = DetailPage(
    describe_verification,
    (
        Column("sealed", "Sealed at", kind="moment", write=lambda data: (data["sealed"] or {}).get("sealed_at")),
        Column("unsealed", "Operations after the last seal", kind="number",
               write=lambda data: (data["sealed"] or {}).get("unsealed_operations")),
    ),
    figures=(Column("products", kind="number"), Column("movements", kind="number")),
    sections=(
        Section(
            "broken", "Breaks",
            (Column("product", page="product-detail", id_field="product"), Column("sequence", kind="number"),
             Column("what")),
            empty="Every movement continues the balance before it, and every balance is the sum of its movements.",
        ),
        Section(
            "server_changes", "Changes of the database server",
            (Column("noticed_at", "Noticed", kind="moment"), Column("message", "What changed"),
             Column("newest_booked_at", "Verified up to", kind="moment")),
            empty="None since the first verification.",
        ),
    ),
    extend=clear_places,
)  # fmt: skip
