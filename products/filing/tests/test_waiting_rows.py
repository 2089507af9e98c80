"""Rows whose cells depend on others wait until all rows are seen, and the file is read once."""

from contextlib import closing
from datetime import date
from decimal import Decimal

import pytest

from core.files.tables import CSVTable
from products.filing.source import Spool
from products.filing.tests.importing import import_file, upload
from products.models import Product
from stock.models import Holding

FILE = 'name,price,quantity\nTea,1.234,1\nPot,5,2\nCup,"2,50",3\n'


def test_a_file_whose_cells_depend_on_others_is_read_once_below_its_header(as_alice, monkeypatch):
    readings, read_rows = [], CSVTable.read_rows

    def count(table, report):
        readings.append(table)
        return read_rows(table, report)

    monkeypatch.setattr(CSVTable, "read_rows", count)
    import_file(as_alice, FILE)
    assert len(readings) == 2  # the first one finds the header
    assert {*Product.objects.values_list("name", "price")} == {
        ("Tea", Decimal(1234)), ("Pot", Decimal(5)), ("Cup", Decimal("2.50")),
    }  # fmt: skip


def test_the_preview_has_the_first_rows_in_their_order(as_alice):
    preview = import_file(as_alice, FILE, "?dry_run=1")["preview"]
    assert [(row["line"], row["values"]["price"]) for row in preview] == [(2, "1234.00"), (3, "5"), (4, "2.50")]


def test_a_wrong_row_that_waited_is_refused_as_it_was_given(as_alice):
    answer = import_file(as_alice, 'name,price\nTea,1.234\nPot,x\nCup,"2,50"\nJug,"1,2345"\n', "?wrong_rows=skip")
    assert [(row["line"], row["cell"]) for row in answer["refused"]["rows"]] == [(3, "x"), (5, "1,2345")]
    stored = (
        as_alice.get(f"/api/products/import/refused/{answer['refused']['id']}/file/?format=csv").getvalue().decode()
    )
    assert ["Pot,x" in stored, "1,2345" in stored, "Tea" in stored] == [True, True, False]


@pytest.mark.parametrize(("repeated", "quantity"), [("first", 1234), ("add", 1239)])
def test_a_row_that_waited_is_still_the_first_of_its_product(as_alice, repeated, quantity):
    rows = 'sku,name,price,stock\nT1,Tea,"2,50",1.234\nT1,Tea,"2,50",5\nM1,Mug,"3,50",2\n'
    import_file(as_alice, rows, f"?repeated={repeated}")
    assert [*Product.objects.order_by("id").values_list("name", "quantity")] == [("Tea", quantity), ("Mug", 2)]


@pytest.mark.parametrize(("other", "quantity"), [("2,5", 1234), ("2.5", 1_234_000)])
def test_the_quantities_in_a_column_of_a_place_decide_about_each_other(as_alice, other, quantity):
    rows = f'name,price,decimals,quantity [Shop]\nBrie,5,3,"1,234"\nEdam,5,3,"{other}"\n'
    assert upload(as_alice, rows, "?create_missing=1").status_code == 200
    assert Holding.objects.get(product__name="Brie").quantity == quantity


def test_rows_that_wait_keep_their_cells():
    rows = [(2, ["é", "", Decimal("1.50"), date(2027, 1, 31)]), (3, None)]
    with closing(Spool()) as spool:
        for row in rows:
            spool.write(*row)
        assert [*spool.read()] == rows
