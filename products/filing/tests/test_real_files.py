"""Files as people have them: the imported rows, the refused rows, and the messages."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from core.files.writers import CONTENT_TYPE as XLSX
from products.filing.tests.importing import ADDRESS
from products.filing.tests.real_file_table import list_files
from products.filing.tests.real_files import (
    ACCEPTED,
    BAD_ROWS,
    CELLS,
    EXCEL_ROWS,
    NAME,
    ODS,
    PRICE,
    REFUSED,
    WORKBOOK_TEXTS,
    build_cells,
)
from products.filing.tests.spreadsheets import ODS_TYPE, build_ods, build_xlsx
from products.models import Product
from stock.proofs.verification import find_breaks


def send_file(client, name, content, **fields):
    file = SimpleUploadedFile(name, content, "application/octet-stream")
    return client.post(ADDRESS, {"file": file, **fields}, format="multipart")


@pytest.mark.parametrize("name", ACCEPTED)
def test_accepts_files_of_spreadsheet_programs(as_alice, alice, name):
    file_name, content, products = ACCEPTED[name]
    answer = send_file(as_alice, file_name, content)
    assert answer.status_code == 200, answer.json()
    found = Product.objects.order_by("id").values_list("sku", "name", "price", "quantity", "expiration_date")
    assert [(sku, title, f"{price}", quantity, f"{day}") for sku, title, price, quantity, day in found] == products
    assert find_breaks(alice.pk) == []


def test_names_the_sheets_that_are_ignored(as_alice):
    file = build_xlsx(EXCEL_ROWS, WORKBOOK_TEXTS, ("Tabelle1", "Tabelle2", "Tabelle3"))
    answer = send_file(as_alice, "p.xlsx", file, dry_run="true").json()
    assert answer["notes"] == [
        'Only the sheet "Tabelle1" is read. Other sheets are ignored: Tabelle2, Tabelle3.'
        " To import another one, make it the first."
    ]
    assert answer["preview"][0] == {
        "line": 2,
        "cells": ["0017", "Käse, jung", "1234.5", "12", "2026-12-31"],
        "values": {
            "sku": "0017", "name": "Käse, jung", "price": "1234.50", "quantity": "12", "expiration_date": "2026-12-31",
        },
    }  # fmt: skip


@pytest.mark.parametrize("name", BAD_ROWS)
def test_shows_the_cell_that_is_refused(as_alice, name):
    content, row = BAD_ROWS[name]
    answer = send_file(as_alice, "p", content)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_rows"), answer.json()
    assert [(each["line"], each["column"], each["cell"], each["reason"]) for each in answer.json()["rows"]] == [row]
    assert answer.json()["preview"][0]["values"][row[1]] is None
    assert not Product.objects.exists()


def test_a_note_beside_the_table_is_shown_with_its_cell(as_alice):
    rows = build_cells(NAME, NAME, PRICE).removesuffix("</row>") + '<c r="G2" t="s"><v>3</v></c></row>'
    row = send_file(as_alice, "p.xlsx", build_xlsx(rows, CELLS)).json()["rows"]
    reason = "Column 7 has no name in the header: name it, or empty this cell."
    assert row == [{"line": 2, "column": "", "reason": reason, "cell": "Tee"}]


@pytest.mark.parametrize(
    ("prices", "expected"),
    [
        (["1,234", "2.50"], ["1234.00", "2.50"]), (["12,345", "2,50"], None), (["1.234", "2,50"], ["1234.00", "2.50"]),
        (["1.234", "1.234.567"], ["1234.00", "1234567.00"]), (["1,234", "7"], None),
        (["1,234", "1.5", "1,5"], None),
    ],
)  # fmt: skip
def test_the_other_cells_of_the_column_decide(as_alice, prices, expected):
    lines = "".join(f"P{number};{price}\n" for number, price in enumerate(prices))
    answer = send_file(as_alice, "p.csv", f"name;price\n{lines}".encode())
    assert answer.status_code == (200 if expected else 400)
    assert [f"{price}" for price in Product.objects.order_by("id").values_list("price", flat=True)] == (expected or [])


def test_a_later_cell_of_a_long_column_decides(as_alice):
    """The file is then read a second time, in the middle of the first reading."""
    lines = "".join(f'P{number},"1,234",01/02/2027\n' for number in range(4000))
    file = f"name,price,expires\n{lines}Last,2.50,31/12/2026\n".encode()
    assert send_file(as_alice, "p.csv", file).json()["created"] == 4001
    first = Product.objects.order_by("id").first()
    assert (f"{first.price}", f"{first.expiration_date}") == ("1234.00", "2027-02-01")


@pytest.mark.parametrize(("price", "quantity"), [("1,50", "3,5"), ("1.50", "3.5")])
def test_a_wrong_number_is_quoted_as_the_file_has_it(as_alice, price, quantity):
    answer = send_file(as_alice, "p.csv", f"name;price;quantity\nTea 1.5;{price};{quantity}\n".encode()).json()
    assert [(row["column"], row["cell"]) for row in answer["rows"]] == [("quantity", quantity)]


@pytest.mark.quick
@pytest.mark.whole
@pytest.mark.parametrize(
    ("prices", "cost"), [(["1,50", "2,50"], None), (["1.50", "2.50"], "1234.00"), (["1.50", "2,50"], None)]
)
def test_the_other_columns_decide_where_a_column_does_not(as_alice, prices, cost):
    """Beside decimal commas, 1,234 has too many decimals for a cost."""
    rows = "".join(f"P{number};{price};1,234\n" for number, price in enumerate(prices))
    answer = send_file(as_alice, "p.csv", f"name;price;cost_price\n{rows}".encode())
    assert answer.status_code == (200 if cost else 400), answer.json()
    assert {f"{product.cost_price}" for product in Product.objects.all()} == ({cost} if cost else set())


@pytest.mark.parametrize("name", REFUSED)
def test_says_why_a_file_is_refused(as_alice, name):
    content, reason = REFUSED[name]
    answer = send_file(as_alice, "p", content)
    assert answer.status_code == 400
    assert reason in answer.json()["detail"]
    assert not Product.objects.exists()


@pytest.mark.parametrize(("build", "media_type"), [(build_xlsx, XLSX), (build_ods, ODS_TYPE)])
def test_a_workbook_may_be_the_body(as_alice, build, media_type):
    content = build(EXCEL_ROWS, WORKBOOK_TEXTS) if build is build_xlsx else build(ODS)
    answer = as_alice.generic("POST", ADDRESS, content, content_type=media_type)
    assert (answer.status_code, answer.json()["created"]) == (200, 2)


def test_columns_before_the_first_one_with_content_count(as_alice):
    rows = EXCEL_ROWS.replace('r="E', 'r="F').replace('r="D', 'r="E').replace('r="C', 'r="D')
    rows = rows.replace('r="B', 'r="C').replace('r="A', 'r="B').replace('spans="1:5"', 'spans="2:6"')
    answer = send_file(as_alice, "p.xlsx", build_xlsx(rows, WORKBOOK_TEXTS), columns="=F:").json()
    assert [(each["letter"], each["column"]) for each in answer["columns"]] == [
        ("A", None), ("B", "sku"), ("C", "name"), ("D", "price"), ("E", "quantity"), ("F", None),
    ]  # fmt: skip
    assert answer["notes"] == ["Columns that are ignored: expiration_date."]


@pytest.mark.django_db
def test_the_table_of_files_names_each_file_once():
    rows = list(list_files())
    assert [row[0] for row in rows] == [*ACCEPTED, *BAD_ROWS, *REFUSED]
    assert [row[2] for row in rows[: len(ACCEPTED)]] == [0] * len(ACCEPTED)
    assert all(message for *_, message in rows[len(ACCEPTED) :])
