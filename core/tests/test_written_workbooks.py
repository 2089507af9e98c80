"""Rows written as a workbook come back as they were."""

import zipfile
from contextlib import closing
from datetime import UTC, date, datetime
from decimal import Decimal

from core.files.workbooks import WorkbookTable
from core.files.writers import write_workbook
from testing.tables import all_cases


def read_back(rows):
    with write_workbook(rows) as file, closing(WorkbookTable(file, owner_id=1)) as table:
        return [cells for _, cells in table.read_rows(lambda *_: None)]


def test_each_type_comes_back():
    header = ["name", "price", "quantity", "expires", "when", "none"]
    row = ["Tea", Decimal("1.50"), 3, date(2026, 12, 31), datetime(2026, 12, 31, 10, 5, tzinfo=UTC), None]
    assert read_back([header, row]) == [
        header,
        ["Tea", Decimal("1.5"), Decimal(3), date(2026, 12, 31), "2026-12-31 10:05:00", ""],
    ]


@all_cases("text", ["=1+1", "007", "4.01235E+12", "http://example.org", "-3", "{=1}", "ä\U0001f375"])
def test_a_text_stays_the_text_that_it_is(text):
    assert read_back([["name"], [text]]) == [["name"], [text]]


def test_the_sheet_has_the_name_of_the_file():
    with write_workbook([["name"]], name="products") as file, zipfile.ZipFile(file) as parts:
        assert b'name="products"' in parts.read("xl/workbook.xml")
