"""Read the reserved quantities of products: the sums of the lines of open reservations."""

from django.db import connection

from reservations.sql import RESERVED_BY_PRODUCT
from stock.booking.sql import array


def read_reserved_by_product(owner_id: int, products: list[int]) -> list[tuple[int, int]]:
    """Return the ids of those of the products that are reserved, each with its reserved quantity.

    The sums are read from the primary: a booking has locked the products there.
    """
    with connection.cursor() as cursor:
        cursor.execute(RESERVED_BY_PRODUCT, {"owner": owner_id, "products": array(products)})
        rows: list[tuple[int, int]] = cursor.fetchall()
        return rows
