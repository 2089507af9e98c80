"""The header of a file: its lines, the rows above it, the sheet that has it, and the system that it shows."""

import io
from datetime import date

import pytest

from products.filing.header_rows import find_header
from products.filing.systems.systems import find_system
from products.filing.systems.tests.system_files import SYSTEM_FILES
from products.filing.tests.importing import import_file, upload
from products.filing.tests.spreadsheets import build_workbook
from products.filing.tests.test_real_files import send_file
from products.models import Product

pytestmark = pytest.mark.django_db


def list_products():
    return [(*row[:2], str(row[2])) for row in Product.objects.order_by("id").values_list("name", "quantity", "price")]


TALLY = """\
Corner Shop,,,,,,
Stock Summary,,,,,,
1-Apr-25 to 31-Mar-26,,,,,,

Particulars,Corner Shop,,,,,
,1-Apr-25 to 31-Mar-26,,,,,
,Opening Balance,,,Closing Balance,,
,Quantity,Rate,Value,Quantity,Rate,Value
Ghee,9 Jar,300.00,2700.00,4 Jar,310.00,1240.00
Grand Total,9 Jar,,2700.00,4 Jar,,1240.00
"""
ONE_C = """\
Ведомость по товарам на складах;;;;
Период: 01.01.2026 - 31.01.2026;;;;

Номенклатура;Количество;;;
;Начальный остаток;Приход;Расход;Конечный остаток
Кисть;5;2;1;6
Итого;5;2;1;6
"""


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (TALLY, [("Ghee", 4, "0.00")]),
        (ONE_C, [("Кисть", 6, "0.00")]),
        ("Particulars,Closing Balance,,\n,Quantity,Rate,Value\nGhee,4 Jar,310,1240\n", [("Ghee", 4, "0.00")]),
        ("Item;Preis;\n;in Euro;Bestand\nTee;2,50;3\n", [("Tee", 3, "2.50")]),
    ],
)
def test_a_header_of_several_lines_is_read_as_one(as_alice, text, found):
    import_file(as_alice, text, "?moving=true")
    assert list_products() == found


@pytest.mark.parametrize(
    ("lines", "names"),
    [
        (
            (["Name", "Price", "", "Stock", ""], ["", "Net", "Gross", "Shop", "Depot"]),
            ["Name", "Price Net", "Gross", "Stock Shop", "Depot"],
        ),
        ((["", "Price", "", "Stock"], ["Name", "Net", "Gross", "Quantity"]),
         ["Name", "Net", "Gross", "Quantity"]),
        ((["Name", "Name of the group"], ["", "Price"], ["Tea", "5"]), ["Name", "Name of the group"]),
        ((["Name", "Price", ""], ["Tea", "Net", "Gross"]), ["Name", "Price"]),
    ],
)  # fmt: skip
def test_a_name_above_several_columns_is_that_of_none_alone(lines, names):
    assert find_header([*enumerate(lines, 1)], {}, iter).names == names


def test_the_line_of_the_header_can_be_chosen(as_alice):
    text = "Name,Price\nCorner Shop,5\n\nWare,Amount,Left\nTea,2.50,3\n"
    answer = upload(as_alice, text, "?header=4&columns=Ware:name,Amount:price,Left:quantity").json()
    assert list_products() == [("Tea", 3, "2.50")]
    assert (answer["header_line"], answer["first_rows"][1]) == (4, {"line": 2, "cells": ["Corner Shop", "5"]})
    assert "2 rows above the names of the columns are left out." in answer["notes"]


def test_a_header_that_is_not_found_can_be_named(as_alice):
    text = "".join(f"Note {line}\n" for line in range(70)) + "Name,Price\nTea,2.50\n"
    assert "such as header=60" in upload(as_alice, text, "?moving=true").json()["reason"]
    assert upload(as_alice, text, "?header=71").json()["created"] == 1


@pytest.mark.parametrize(("line", "said"), [("3", "names line 3"), ("99", "names line 99"), ("0x", "whole number")])
def test_a_line_that_is_no_header_is_refused(as_alice, line, said):
    answer = upload(as_alice, "Name,Price\nTea,5\n\nPot,6\n", f"?header={line}")
    assert answer.status_code == 400
    assert said in str(answer.json())


def test_the_page_asks_for_the_header_of_a_file_with_rows_above_it(as_alice):
    file = b"Stock list,,\nName,Price,Stock\nTea,5,1\n"
    page = as_alice.post(
        "/api/products/import/", {"file": io.BytesIO(file), "dry_run": "true", "header": ""}, format="multipart",
        headers={"accept": "text/html"},
    ).content.decode()  # fmt: skip
    assert '<option value="2" selected>2: Name, Price, Stock</option>' in page


def test_the_sheet_with_a_header_is_read(as_alice):
    goods = [["Name", "Price", "Stock"], ["Tea", 2.5, 3]]
    file = build_workbook({"Empty": [], "Cover": [["Stock list"], ["Corner Shop"]], "Goods": goods})
    answer = send_file(as_alice, "p.xlsx", file).json()
    assert list_products() == [("Tea", 3, "2.50")]
    assert answer["notes"][0].startswith('Only the sheet "Goods" is read. Other sheets are ignored: Empty, Cover.')


@pytest.mark.parametrize("name", ["Shopify", "WooCommerce", "Square", "Zoho Inventory", "Vend", "Wix"])
def test_a_system_is_recognised_though_a_name_of_its_mark_is_missing(name):
    header = SYSTEM_FILES[name].text.splitlines()[0].split(",")
    system = find_system(header)
    for mark in system.marks:
        for missing in mark:
            rest = [column for column in header if column != missing]
            assert len(rest) == len(header) or find_system(rest)


def test_dates_come_into_own_fields_and_a_column_named_by_an_error_stays_out(as_alice):
    rows = [["#VALUE!", name, 2.5, date(2020, 1, day)] for day, name in enumerate(("Tea", "Pot", "Cup"), 1)]
    file = build_workbook({"Goods": [["#VALUE!", "Name", "Price", "Fecha"], *rows]})
    answer = send_file(as_alice, "p.xlsx", file, moving="true").json()
    assert (answer["created"], [column["column"] for column in answer["columns"]]) == (
        3, [None, "name", "price", "field:fecha"],
    )  # fmt: skip
    tea = Product.objects.get(name="Tea")
    assert as_alice.get(f"/api/products/{tea.pk}/").json()["fields"] == {"fecha": "2020-01-01"}


def test_a_sheet_with_prices_is_read_even_if_its_column_of_names_is_unknown(as_alice):
    goods, others = [["inv_name", "price", "qty"], ["Hook", 1.5, 3]], [["_name", "supplier"], ["cowl", "me"]]
    answer = send_file(as_alice, "p.xlsx", build_workbook({"Goods": goods, "Others": others}), moving="true").json()
    assert (answer["code"], answer["columns"][0]["may_be"]) == ("invalid_file", ["name"])
