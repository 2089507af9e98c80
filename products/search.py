"""Search for products in all accounts, for the support desk."""

from django.db import connection
from django.db.models import QuerySet

from products import sql
from products.models import Product


def find_products(code: str, limit: int) -> QuerySet:
    """Return live products with this SKU or barcode, ignoring case; at most `limit`, the lowest ids first."""
    with connection.cursor() as cursor:
        cursor.execute(sql.FIND_BY_CODE, {"code": code, "limit": limit})
        ids = [row[0] for row in cursor.fetchall()]
    return Product.objects.filter(pk__in=ids).select_related("owner").order_by("id")
