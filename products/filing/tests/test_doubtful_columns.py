"""A column whose name can mean something else than the field is not read until somebody says what it is."""

import pytest

from products.filing.header_cells import read_names
from products.filing.tests.importing import import_counts, upload
from products.filing.tests.test_page import find_result, list_choices, send
from products.models import Product
from testing.reading.browser import Browser
from testing.tables import all_cases


def list_columns(header, **mapping):
    return [cell.column for cell in read_names(header.split(","), mapping)]


@all_cases(
    ("header", "columns"),
    [
        ("Name,In stock?", ["name", None]), ("Name,In stock ?", ["name", None]),
        ("Name,In stock", ["name", "quantity"]),
        ("Name,Unit price", ["name", "price"]), ("Name,Price,Unit price", ["name", "price", None]),
        ("Name,Price tax excluded,Unit Price (€)", ["name", None, None]),
        ("Name,Unit price,Price [Shop]", ["name", None, None]), ("Name,Unit price,Preis netto", ["name", None, None]),
        ("Name,Unit price,Purchase price", ["name", "price", "cost_price"]),
        ("Name,Unit price,Total price,Unit cost", ["name", "price", None, "cost_price"]),
    ],
)  # fmt: skip
def test_reads_only_names_that_are_not_doubtful(header, columns):
    assert list_columns(header) == columns


def test_the_mapping_decides():
    assert list_columns("Name,Price,Unit price", price="", unitprice="price") == ["name", None, "price"]
    assert list_columns("Name,In stock?", instock="quantity") == ["name", "quantity"]


@pytest.mark.parametrize("query", ["", "?dry_run=true"])
def test_an_answer_of_yes_or_no_is_no_quantity(as_alice, query):
    answer = upload(as_alice, "Name,Price,In stock?\nTea,5,1\n", query)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_file")
    assert answer.json()["detail"].endswith(
        '"In stock?" asks for yes or no, which is no value of quantity: read it as quantity only if it has other'
        " values. To read it, send columns=In stock?:quantity with the file, and to ignore it columns=In stock?:."
    )
    assert not Product.objects.exists()


def test_a_price_of_a_litre_is_no_price(as_alice):
    file = "Name,Price tax excluded,Unit price\nOil,12,8\n"
    detail = upload(as_alice, file, "?columns=Price tax excluded:price").json()["detail"]
    assert '"Unit price" may be the price of a litre or a kilogram' in detail
    assert "Unknown columns" not in detail
    assert import_counts(as_alice, file, "?columns=Price tax excluded:price,Unit price:")["created"] == 1
    assert str(Product.objects.get().price) == "12.00"


def test_unknown_names_and_questions_are_in_one_refusal(as_alice):
    detail = upload(as_alice, "Name,Colour,Price,Unit price\nTea,red,5\nOil,red,12,8\n").json()["detail"]
    assert "Unknown columns: Colour." in detail
    assert '"Unit price" may be' in detail


def test_the_page_shows_the_questions(alice):
    answer = send(Browser(alice), b"Name,Price,Unit price,In stock?\nOil,12,8,1\n", dry_run="true")
    assert list_choices(answer) == {"Name": "name", "Price": "price", "Unit price": "?", "In stock?": "?"}
    result = find_result(answer)
    assert "Choose below" not in result
    assert '"In stock?" asks for yes or no, which is no value of In stock' in result
    assert "Yes: Price No" in result


@pytest.mark.parametrize("cell", ["yes", "No", "TRUE", "oui", "InStock", "instock", "out of stock"])
def test_a_quantity_of_yes_or_no_is_refused_with_what_to_do(as_alice, cell):
    [row] = upload(as_alice, f"Name,Price,Stock\nTea,5,{cell}\n").json()["rows"]
    assert (row["column"], row["cell"]) == ("quantity", cell)
    assert row["reason"] == "This is yes or no, and not a number: enter the number, or leave the column out."
