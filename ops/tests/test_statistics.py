"""The worker analyzes tables that have grown quickly."""

import pytest
from django.db import connection

from ops import statistics
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
    return any(TABLE in name for name in statistics.find_grown_tables())


def test_a_table_that_has_doubled_is_analyzed(alice):
    create_categories(alice, 600)
    statistics.GrownTables().analyze_due()
    assert count_known_rows() == 600
    assert not is_grown()


@pytest.mark.check
def test_a_table_that_has_grown_a_little_is_left_to_autovacuum(alice):
    create_categories(alice, 2000)
    statistics.GrownTables().analyze_due()
    create_categories(alice, 600)
    assert not is_grown()


def test_the_search_runs_once_in_some_seconds(alice, monkeypatch):
    searches = []
    monkeypatch.setattr(statistics, "find_grown_tables", lambda: searches.append(True) or [])
    job = statistics.GrownTables()
    assert [job.analyze_due(), job.analyze_due()] == [False, False]
    assert len(searches) == 1
