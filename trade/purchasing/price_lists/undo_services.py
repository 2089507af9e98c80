"""Undo a price list: set back what still is as the list has set it."""

from typing import Any

from django.db import connection
from django.utils import timezone

from core.database.transactions import AccountLock, atomic, lock_account, set_time_limit
from stock.importing.services import MAX_ROWS_IN_LOOPS, TIMEOUT_SECONDS, wait_for_other_imports
from stock.importing.undoing import archive
from suppliers.models import Supplier
from trade.purchasing.price_lists import sql
from trade.purchasing.price_lists.errors import PriceListUndone
from trade.purchasing.price_lists.models import PriceList
from trade.purchasing.price_lists.writing_services import write_terms
from users.models import User

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
