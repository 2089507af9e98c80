"""The list of live products, which is read by SQL written by hand."""

import pytest
from django.db import connection

from products.reading.live_products import COLUMNS, PAGES, LiveProducts
from testing.cast import make_product


@pytest.mark.parametrize("statement", PAGES.values())
def test_the_columns_are_those_of_the_statement(alice, statement):
    with connection.cursor() as cursor:
        cursor.execute(statement, {**LiveProducts(alice).parameters, "offset": 0, "limit": 1})
        assert tuple(column.name for column in cursor.description) == COLUMNS


def test_counts_and_reads_from_both_ends(alice):
    ids = [make_product(alice, name=name).pk for name in ("Kettle", "Pot", "Cup")]
    products = LiveProducts(alice)
    assert products.count() == 3
    assert [row[0] for row in products[1:3]] == ids[1:]
    assert [row[0] for row in products.reverse()[0:2]] == [ids[2], ids[1]]
