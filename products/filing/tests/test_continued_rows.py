"""Rows that belong to the row above them: merged cells of a workbook."""

import io

import pytest
import xlsxwriter

from products.filing.tests.test_real_files import send_file
from products.models import Product

pytestmark = pytest.mark.django_db


def test_a_merged_category_or_price_is_that_of_all_rows_and_a_merged_quantity_that_of_the_first(as_alice):
    file = io.BytesIO()
    with xlsxwriter.Workbook(file) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["category", "name", "price", "quantity"])
        for row, name in enumerate(("Tea", "Cocoa"), 1):
            sheet.write(row, 1, name)
        for cells, value in (("A2:A3", "Drinks"), ("C2:C3", 2.5), ("D2:D3", 9)):
            sheet.merge_range(cells, value)
    assert send_file(as_alice, "p.xlsx", file.getvalue()).json()["created"] == 2
    found = Product.objects.order_by("id").values_list("category__name", "name", "price", "quantity")
    assert [(*row[:2], str(row[2]), row[3]) for row in found] == [
        ("Drinks", "Tea", "2.50", 9), ("Drinks", "Cocoa", "2.50", 0),
    ]  # fmt: skip
