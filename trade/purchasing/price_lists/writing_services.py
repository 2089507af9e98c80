"""Write the terms of one supplier's offers, wherever they are: in the rows of products or in those of offers."""

from datetime import datetime
from typing import Any

from products.models import Product
from records.events.models import Event, EventType
from records.history.models import recorded, write_change
from suppliers.models import Supplier
from trade.purchasing.price_lists import sql

IN_PRODUCT = {"supplier_sku": "row.new_sku", "pack_size": "row.new_pack", "cost_price": "row.new_cost"}


def write_terms(cursor: Any, supplier: Supplier, now: datetime) -> list[int]:
    """Write the offers as the temporary table offer_terms has them. Return the ids of the changed products.

    The products are locked. The number of statements does not depend on that of the offers.
    """
    owner_id: Any = supplier.owner_id
    values = {"owner": owner_id, "supplier": supplier.pk, "now": now}
    changes = " || ".join(
        write_change(Product._meta.get_field(name), "product", value) for name, value in IN_PRODUCT.items()
    )
    with recorded(Product, owner_id) as recording:
        history = sql.HISTORY.format(in_product=f"({changes})")
        recording.record_known(history, at=now, supplier=supplier.pk, supplier_name=supplier.name)
        for statement in (sql.UPDATE_PRODUCTS, sql.DELETE_OFFERS, sql.WRITE_OFFERS):
            cursor.execute(statement, values)
    cursor.execute(sql.CHANGED_PRODUCTS)
    changed = [pk for (pk,) in cursor.fetchall()]
    Event.objects.record_products(owner_id=owner_id, event_type=EventType.PRODUCT_CHANGED, products=changed, at=now)
    return changed
