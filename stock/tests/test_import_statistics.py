"""After a large import, PostgreSQL's statistics are updated immediately, so that it plans for the new rows."""

import io
from functools import partial

import pytest
from django.db import connection

from products.product_files import ProductFile
from stock.importing import services as imports
from stock.importing.services import import_products

pytestmark = pytest.mark.check

PRODUCTS = b"name,price,quantity\nPot,3,7\nPan,3,0\n"
LOTS = b"name,price,quantity,lot\nPot,3,7,A\nPot,3,2,B\n"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("least", "is_analyzed"), [(2, True), (3, False)])
@pytest.mark.parametrize("file", [PRODUCTS, LOTS])
def test_the_tables_are_analyzed_after_many_rows_were_imported(alice, monkeypatch, file, least, is_analyzed):
    analyzed = []
    monkeypatch.setattr(imports, "MIN_WRITTEN_TO_ANALYZE", least)
    monkeypatch.setattr(imports, "analyze_tables", lambda: analyzed.append(True))
    import_products(by=alice, open_file=partial(ProductFile, io.BytesIO(file), owner_id=alice.pk))
    assert bool(analyzed) == is_analyzed


@pytest.mark.measured
@pytest.mark.parametrize("table", ["products_product", "stock_lot", "stock_holding", "stock_portion", "history_change"])
def test_postgresql_knows_the_number_of_rows_afterwards(alice, table):
    import_products(by=alice, open_file=partial(ProductFile, io.BytesIO(LOTS + b"Pan,3,1,C\n"), owner_id=alice.pk))
    imports.analyze_tables()
    with connection.cursor() as cursor:
        cursor.execute("SELECT reltuples FROM pg_class WHERE relname = %s", [table])
        assert cursor.fetchone()[0] >= 2
