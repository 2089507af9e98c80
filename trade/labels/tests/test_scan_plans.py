"""A scanned code is found by indexes, among many products and codes."""

import pytest
from django.db import connection

from products.models import Code, Product
from products.models.sql_codes import FIND_SCANNED
from testing.cast.people import make_user

SHOP_SIZE = 3000


@pytest.fixture
def large_shop(alice):
    for owner in (alice, make_user("large")):
        products = [
            Product(owner=owner, name=f"P{number}", price=1, sku=f"S{number}", barcode=f"4{number:012}")
            for number in range(SHOP_SIZE)
        ]
        Product.objects.bulk_create(products)
        Code.objects.bulk_create(
            Code(owner=owner, product=product, code=f"1{product.barcode}", quantity=12) for product in products
        )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE products_product, products_code")
    return alice


def test_every_part_of_the_search_uses_its_index(large_shop):
    values = {
        "texts": ["x"],
        "codes": ["4000000000007"],
        "gtins": ["04000000000007"],
        "ranks": [0],
        "owner": large_shop.pk,
    }
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {FIND_SCANNED}", values)
        plan = "\n".join(row[0] for row in cursor.fetchall())
    for index in ("product_sku", "product_barcode", "product_gtin", "code_code", "code_gtin"):
        assert f"products_{index}" in plan, plan
    assert "Seq Scan" not in plan, plan
