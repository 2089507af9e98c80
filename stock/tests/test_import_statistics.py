"""After a large import, PostgreSQL counts the rows at once, so that it plans for them."""

import io

import pytest
from django.db import connection

from stock import product_services
from stock.product_services import import_products

FILE = b"name,price,quantity\nPot,3,7\nPan,3,0\n"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("least", "is_analyzed"), [(2, True), (3, False)])
def test_the_tables_are_analyzed_after_many_products_were_created(alice, monkeypatch, least, is_analyzed):
    analyzed = []
    monkeypatch.setattr(product_services, "MIN_CREATED_TO_ANALYZE", least)
    monkeypatch.setattr(product_services, "analyze_tables", lambda: analyzed.append(True))
    import_products(by=alice, file=io.BytesIO(FILE))
    assert bool(analyzed) == is_analyzed


def test_postgresql_knows_the_number_of_rows_afterwards(alice):
    import_products(by=alice, file=io.BytesIO(FILE))
    product_services.analyze_tables()
    with connection.cursor() as cursor:
        cursor.execute("SELECT reltuples FROM pg_class WHERE relname = 'products_product'")
        assert cursor.fetchone()[0] >= 2
