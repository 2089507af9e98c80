"""Read the reserved quantity of locked products: the sum of the lines of open reservations."""

from collections.abc import Iterable

from django.db import connection

from products.sql import RESERVED_BY_PRODUCT
from stock.booking import sql
from stock.booking.locking import Balance


def read_reserved(owner_id: int, balances: Iterable[Balance]) -> None:
    """Set `reserved` of the locked products. No statement is executed if none of them can be reserved.

    The result stays valid until the transaction ends: reservations are made and closed under the same locks, and an
    expiry only reduces the reserved quantity.
    """
    candidates = {balance.product_id: balance for balance in balances if balance.may_be_reserved}
    if not candidates:
        return
    with connection.cursor() as cursor:
        cursor.execute(RESERVED_BY_PRODUCT, {"owner": owner_id, "products": sql.array(candidates)})
        for product_id, reserved in cursor:
            candidates[product_id].reserved = reserved
