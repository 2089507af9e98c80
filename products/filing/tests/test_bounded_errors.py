"""What an import keeps of wrong cells is bounded, and no number of a cell is too long for it."""

import pytest

from products.filing import errors
from products.filing.tests.importing import import_file, upload
from products.filing.tests.spreadsheets import build_xlsx
from products.models import Product

LONG = "1" * 40
ROUNDED = "?moving=true&fractions=amounts"


@pytest.mark.parametrize("number", [LONG, f"{LONG}.123", f"-{LONG}.123", f"€ {LONG},123", f"0.{LONG}"])
@pytest.mark.parametrize("query", ["", ROUNDED, f"{ROUNDED}&columns=rate:cost_price"])
def test_a_number_with_forty_digits_is_a_wrong_cell(as_alice, number, query):
    answer = upload(as_alice, f'name,price,quantity,rate\nTea,"{number}","{number}","{number}"\n', query)
    assert answer.status_code in (200, 400), answer.content


@pytest.mark.parametrize("number", ["1e39", "1.2345e38", "-1e300"])
def test_a_number_with_forty_digits_in_a_workbook_is_a_wrong_cell(as_alice, number):
    row = '<row r="{0}"><c r="A{0}" t="s"><v>{1}</v></c><c r="B{0}"{2}></c></row>'
    rows = row.format(1, 0, ' t="s"><v>2</v') + row.format(2, 1, f"><v>{number}</v")
    answer = upload(as_alice, build_xlsx(rows, ("name", "Tea", "price")), ROUNDED)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_rows")


def test_of_many_wrong_cells_one_of_each_row_is_kept(monkeypatch):
    monkeypatch.setattr(errors, "MAX_ERRORS_KEPT", 3)
    found = errors.RowErrors()
    found.keep_lines()
    for line in range(5):
        for column in ("barcode", "price", "quantity"):
            found.add_error(line, column, "Wrong.", "x")
    kept = [(error.line, error.column) for error in found.rows]
    assert kept[:3] == [(0, "barcode"), (0, "price"), (0, "quantity")]
    assert kept[3:] == [(line, column) for line in range(1, 5) for column in ("barcode", "price")]
    assert found.total == 15


def test_rows_whose_errors_are_not_all_kept_are_left_out(as_alice, monkeypatch):
    monkeypatch.setattr(errors, "MAX_ERRORS_KEPT", 2)
    text = "name,barcode,price,quantity\n" + 'Pan {0},"4006381333931,x{0}",x,x\n' * 3 + "Pot,1,1,1\n"
    answer = import_file(as_alice, text, "?wrong_rows=skip")
    assert (answer["refused"]["total"], Product.objects.get().name) == (3, "Pot")


def test_a_file_with_more_wrong_lines_than_can_be_kept_is_refused(as_alice, monkeypatch):
    monkeypatch.setattr(errors, "MAX_ERRORS_KEPT", 2)
    monkeypatch.setattr(errors, "MAX_LINES_KEPT", 2)
    answer = upload(as_alice, "name,price\n" + "Pan,x\n" * 4 + "Pot,1\n", "?wrong_rows=skip")
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_rows")
    assert not Product.objects.exists()
