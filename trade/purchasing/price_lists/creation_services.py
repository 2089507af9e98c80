"""Create products of the rows that no product has."""

from datetime import datetime
from functools import partial
from typing import Any

from products.models import Product
from records.events.models import Event, EventType
from records.history.models import recorded
from stock.booking.sql_openings import INSERT_PRODUCTS
from stock.importing import planner, table
from stock.importing.codes import confirm_imported_codes
from suppliers.models import Supplier
from trade.purchasing.price_lists import sql


def create_products(cursor: Any, supplier: Supplier, now: datetime, values: dict[str, Any]) -> list[int]:
    """Create the products of the rows that may become one, with the supplier as their own. Return their ids.

    `values` are the parameters of the statements. A product without a recommended price has the price zero.
    """
    owner_id: Any = supplier.owner_id
    cursor.execute(table.CREATE_TABLE.replace("%(low_at)s", "NULL"))
    cursor.execute(sql.DRAFT_PRODUCTS, values)
    cursor.execute(table.ASSIGN_IDS)
    ids = sorted(pk for pk, _has_stock in cursor.fetchall())
    if not ids:
        return []
    cursor.execute(INSERT_PRODUCTS, {"owner": owner_id, "now": now, "opens": False})
    planner.update_small_tables(len(ids))
    with recorded(Product, owner_id) as changes:
        changes.record_created(ids, now)
    record = partial(Event.objects.record_products, owner_id=owner_id, at=now)
    record(event_type=EventType.PRODUCT_CREATED, products=ids)
    cursor.execute(sql.CREATED_TERMS)
    confirm_imported_codes(owner_id, [])
    return ids
