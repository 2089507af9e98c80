"""How the support desk finds a product, in whatever account."""

from django.db import connection
from django.db.models import QuerySet

from products import sql
from products.models import Product


def products(code: str, limit: int) -> QuerySet:
    """Live products by SKU or barcode, ignoring case."""
    with connection.cursor() as cursor:
        cursor.execute(sql.BY_CODE, {"code": code, "limit": limit})
        ids = [row[0] for row in cursor.fetchall()]
    return Product.objects.filter(pk__in=ids).select_related("owner").order_by("id")
