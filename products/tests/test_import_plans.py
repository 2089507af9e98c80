"""The plans with which PostgreSQL executes the statements of an import."""

import io
from functools import partial

import pytest
from django.db import IntegrityError, connection, transaction

from products.models import Category
from products.product_files import ProductFile
from stock.importing import services as imports
from stock.importing.services import import_products

FILE = b"name,price,quantity\nPot,3,7\nPan,3,0\n"


def open_later(owner, content):
    """Return a function that opens the file, as the view makes it."""
    return partial(ProductFile, io.BytesIO(content), owner_id=owner.pk)


@pytest.mark.parametrize(("most", "setting"), [(2, "on"), (1, "off")])
def test_only_the_joins_of_a_large_file_avoid_nested_loops(alice, monkeypatch, most, setting):
    monkeypatch.setattr(imports, "MAX_ROWS_IN_LOOPS", most)
    with transaction.atomic(), connection.cursor() as cursor:
        import_products(by=alice, open_file=open_later(alice, FILE))
        cursor.execute("SHOW enable_nestloop")
        assert cursor.fetchone() == (setting,)


UPDATES = "SELECT n_tup_upd, n_tup_hot_upd FROM pg_stat_xact_user_tables WHERE relname = 'products_product'"


def count_updates():
    """Return how many rows of products this transaction has updated, and how many of them without writing their
    indexes.
    """
    with connection.cursor() as cursor:
        cursor.execute(UPDATES)
        return cursor.fetchone()


def test_booking_the_stock_of_new_products_writes_to_no_index(alice):
    rows = "".join(f"P{number},3,7\n" for number in range(200))
    before = count_updates()
    import_products(by=alice, open_file=open_later(alice, f"name,price,quantity\n{rows}".encode()))
    assert [after - earlier for after, earlier in zip(count_updates(), before, strict=True)] == [200, 200]


@transaction.atomic
def import_and_delete_the_category(by):
    import_products(by=by, open_file=open_later(by, b"name,price,category\nPot,3,Kitchen\n"))
    Category.objects.filter(owner=by)._raw_delete("default")


@pytest.mark.django_db(transaction=True)
def test_the_links_of_new_products_are_checked_at_the_end(alice):
    with pytest.raises(IntegrityError, match="products_product_category"):
        import_and_delete_the_category(alice)
