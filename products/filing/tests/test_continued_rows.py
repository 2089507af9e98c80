"""Rows that belong to the row above them: merged cells of a workbook."""

import pytest

from products.filing.tests.spreadsheets import build_workbook
from products.filing.tests.test_real_files import send_file
from products.models import Product

pytestmark = pytest.mark.django_db


def test_a_merged_category_or_price_is_that_of_all_rows_and_a_merged_quantity_that_of_the_first(as_alice):
    rows = [["category", "name", "price", "quantity"], ["", "Tea"], ["", "Cocoa"]]
    file = build_workbook({"Goods": rows}, {"A2:A3": "Drinks", "C2:C3": 2.5, "D2:D3": 9})
    assert send_file(as_alice, "p.xlsx", file).json()["created"] == 2
    found = Product.objects.order_by("id").values_list("category__name", "name", "price", "quantity")
    assert [(*row[:2], str(row[2]), row[3]) for row in found] == [
        ("Drinks", "Tea", "2.50", 9), ("Drinks", "Cocoa", "2.50", 0),
    ]  # fmt: skip
