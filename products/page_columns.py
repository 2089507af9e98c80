"""What the pages of other rooms show of a product: its columns, its marks and its stock."""

from core.pages.columns import Mark, PageColumn, Row
from core.pages.links import Action


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
EDIT = Action("Edit", form="PUT")
TAGS = PageColumn("tags", "Tags", write=lambda row: ", ".join(row["tags"]), is_optional=True)
OF_GROUP = PageColumn("group_name", "Group", links_to="group", is_optional=True, is_extra=True)
OPTIONS = PageColumn("options", "Options", is_optional=True, write=write_options)
