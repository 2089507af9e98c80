"""Write what a price list says, the terms of its supplier's offers and new products, and undo it."""

from datetime import datetime
from functools import partial
from typing import Any

from django.db import connection
from django.utils import timezone

from core.database.transactions import AccountLock, atomic, lock_account, set_time_limit
from products.models import Product
from records.events.models import Event, EventType
from records.history.models import recorded, write_change
from stock.importing import planner, table
from stock.importing.codes import confirm_imported_codes
from stock.importing.history import archive
from stock.importing.services import MAX_ROWS_IN_LOOPS, TIMEOUT_SECONDS, wait_for_other_imports
from stock.models.sql import INSERT_PRODUCTS
from suppliers.models import Supplier
from trade.purchasing.price_lists import sql
from trade.purchasing.price_lists.errors import PriceListUndone
from trade.purchasing.price_lists.models import PriceList
from users.models import User

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


KEPT = ("line", "product", "name", "field", "old", "new", "now")


@atomic
def undo_price_list(*, by: User, supplier_id: int, number: int) -> dict[str, Any]:
    """Set back the terms that are still as the list has set them, and name the others.

    Offers that the list has created are removed, and products that it has created are archived, unless they are used or
    were changed since. Raise PriceList.DoesNotExist or PriceListUndone.
    """
    owner_id: Any = by.account_id
    set_time_limit(TIMEOUT_SECONDS)
    wait_for_other_imports(owner_id)
    row = PriceList.objects.filter(owner_id=owner_id, supplier_id=supplier_id).get(number=number)
    if row.undone_at:
        raise PriceListUndone(number=number)
    # Nothing links to the created products while it is judged whether they are used.
    lock_account(owner_id, AccountLock.CATALOGUE, shared=not row.created_products)
    supplier = Supplier.objects.filter(owner_id=owner_id).live().get(pk=supplier_id)
    values = {
        "owner": owner_id, "supplier": supplier_id, "list": row.pk, "created": row.created_products,
        "limit": sql.MAX_LISTED,
    }  # fmt: skip
    with connection.cursor() as cursor:
        if row.rows > MAX_ROWS_IN_LOOPS:
            cursor.execute(sql.PLAN_FOR_MANY_ROWS)
        for statement in PREPARE:
            cursor.execute(statement, values)
        cursor.execute(sql.COUNT_UNDONE)
        [(undone,)] = cursor.fetchall()
        cursor.execute(sql.LIST_KEPT, values)
        kept = cursor.fetchall()
        cursor.execute(sql.NOW)
        [(now,)] = cursor.fetchall()
        write_terms(cursor, supplier, now)
    archived = archive(owner_id, {"products": row.created_products}, [])["products"] if row.created_products else []
    row.undone_at = timezone.now()
    row.save(update_fields=["undone_at"])
    return {
        "number": number,
        "undone": undone,
        "kept": [dict(zip(KEPT, one[1:], strict=True)) for one in kept],
        "kept_total": kept[0][0] if kept else 0,
        "archived": archived,
        "not_archived": sorted({*row.created_products} - {*archived}),
    }


PREPARE = (
    sql.LOCK_CHANGED, sql.DROP_OFFERS, sql.CREATE_OFFERS, sql.ANALYZE_OFFERS, sql.DROP_CHANGES, sql.CREATE_CHANGES,
    sql.CREATE_TERMS, sql.UNDO_TERMS,
)  # fmt: skip
