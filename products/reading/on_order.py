"""Read the quantities on order for the products of a page."""

from typing import Any

from core.database.replicas import reading
from products.reading.sql_on_order import ON_ORDER_BY_PRODUCT


def add_on_order(owner_id: int | None, rows: list[dict[str, Any]]) -> None:
    """Set `on_order` of the rows in which it is None. No statement is executed if there are none."""
    unread = {row["id"]: row for row in rows if row.get("on_order", 0) is None}
    if not unread:
        return
    for row in unread.values():
        row["on_order"] = 0
    with reading().cursor() as cursor:
        cursor.execute(ON_ORDER_BY_PRODUCT, {"owner": owner_id, "products": list(unread)})
        for product_id, on_order in cursor:
            unread[product_id]["on_order"] = on_order
