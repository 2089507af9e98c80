"""Imports of many rows do not depend on what PostgreSQL knows about the tables."""

import io

import pytest
from django.db import connection, transaction

from products import imports

FILE = b"name,price,quantity\nPot,3,7\nPan,3,0\n"


@pytest.mark.parametrize(("most", "setting"), [(2, "on"), (1, "off")])
def test_only_the_joins_of_a_large_file_avoid_nested_loops(alice, monkeypatch, most, setting):
    monkeypatch.setattr(imports, "MAX_ROWS_IN_LOOPS", most)
    with transaction.atomic(), connection.cursor() as cursor:
        imports.import_file(owner_id=alice.pk, file=io.BytesIO(FILE))
        cursor.execute("SHOW enable_nestloop")
        assert cursor.fetchone() == (setting,)
