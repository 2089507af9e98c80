"""The worker analyzes tables that have grown quickly."""

import pytest
from django.db import connection

from ops import jobs
from products.models import Category

pytestmark = pytest.mark.django_db(transaction=True)
TABLE = "products_category"


def create_categories(owner, number):
    """Create categories, and make PostgreSQL count them as new rows immediately."""
    count = Category.objects.count()
    Category.objects.bulk_create(Category(owner=owner, name=f"C{count + more}") for more in range(number))
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_force_next_flush()")
        cursor.execute("SELECT 1")


def count_known_rows():
    with connection.cursor() as cursor:
        cursor.execute("SELECT reltuples FROM pg_class WHERE relname = %s", [TABLE])
        return int(cursor.fetchone()[0])


def is_grown():
    return any(TABLE in name for name in jobs.find_grown_tables())


def test_a_table_that_has_doubled_is_analyzed(alice):
    create_categories(alice, 600)
    jobs.analyze_grown_tables()
    assert count_known_rows() == 600
    assert not is_grown()


def test_a_table_that_has_grown_a_little_is_left_to_autovacuum(alice):
    create_categories(alice, 2000)
    jobs.analyze_grown_tables()
    create_categories(alice, 600)
    assert not is_grown()
