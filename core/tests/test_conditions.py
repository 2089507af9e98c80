"""Conditions of statements written by hand."""

import pytest
from django.db import connection

from core.database.constraints import MAX_IDS_IN_SUBQUERY, array_of_ids
from products.models import Product
from records.history.models import list_tracked
from testing.cast.people import make_product

FEW, MANY = MAX_IDS_IN_SUBQUERY, MAX_IDS_IN_SUBQUERY + 1


def test_many_ids_are_the_parameter_itself_so_that_postgresql_finds_them_by_a_hash():
    assert array_of_ids("ids", FEW) == "ARRAY(SELECT unnest(%(ids)s::bigint[]))"
    assert array_of_ids("ids", MANY) == "%(ids)s::bigint[]"


@pytest.mark.parametrize("number", [FEW, MANY])
def test_the_history_reads_the_same_values_of_few_rows_and_of_many(alice, number):
    ids = [make_product(alice, name).pk for name in ("Cup", "Pot")] + [0] * (number - 2)
    with connection.cursor() as cursor:
        cursor.execute(list_tracked(Product)[0].write_rows(Product, number), {"owner": alice.pk, "ids": ids})
        assert sorted(row[0] for row in cursor.fetchall()) == sorted(ids[:2])
