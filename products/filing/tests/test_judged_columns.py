"""A column with an unknown name is read as what its cells are, or somebody is asked."""

import pytest

from products.filing.header import read_names
from products.filing.judging import judge_columns
from products.filing.tests.importing import import_file, upload
from products.models import Product
from testing.tables import all_cases

BARCODES = ("4006381333931", "4000417025005", "5449000000996", "9009518582030")


def judge(*columns):
    """Return what each unknown column is read as, or may be. A column has its name and its cells."""
    names, rows = [name for name, *_cells in columns], zip(*(cells for _name, *cells in columns), strict=True)
    header = judge_columns(read_names(names, {}), iter([(line, list(row)) for line, row in enumerate(rows, 2)]))
    return [cell.column or cell.question.partition(" may be ")[2].partition(",")[0] or None for cell in header[1:]]


NAMES = ("Name", "Tea", "Pot", "Cup", "Can")


@all_cases(
    ("columns", "expected"),
    [
        ([("Rate", "12.50", "3.00", "9.95", "4.00")], ["price"]),
        ([("Tarif 2026", "12,50 €", "3,00 €", "9,95 €", "")], ["price"]),
        ([("Cena", "$12", "$3", "$9", "$5")], ["price"]),
        ([("Pcs here", "3", "0", "12", "3")], ["price / quantity"]),
        ([("Price", "3.00", "1.00", "12.00", "3.00"), ("Pcs here", "3", "0", "12", "3")], ["price", "quantity"]),
        ([("Rate", "12.50", "3.00", "9.95", "4.00"), ("Pcs here", "3", "0", "12", "3")], ["price", "quantity"]),
        ([("Rate", "12.50", "3.00", "9.95", "4.00"), ("MRP", "14.50", "4.00", "9.99", "5.00")], ["price", "price"]),
        ([("Scan me", *BARCODES)], ["barcode"]),
        ([("Scan me", *BARCODES[:2], "", "")], ["barcode"]),
        ([("Inner", *BARCODES), ("Outer", *reversed(BARCODES))], ["barcode", "barcode"]),
        ([("Good until", "2099-01-31", "2099-02-28", "", "2099-01-31")], ["expiration_date"]),
        ([("Our ref", "TE-1", "TE-2", "PO-1", "CA-9")], ["sku"]),
        # These are no essential columns.
        ([("Bought on", "2020-01-31", "2020-02-28", "", "2020-01-31")], [None]),
        ([("Shelf", "A1", "A1", "B2", "A1")], [None]),
        ([("Weight", "250", "500", "125", "80")], [None]),
        ([("Grösse", "26 cm", "20 cm", "8 cm", "9 cm")], [None]),
        ([("Nr", "1", "2", "3", "4")], [None]),
        ([("Duty", "19.00", "19.00", "19.00", "19.00")], [None]),
        ([("Margin", "12.50%", "3.00%", "9.95%", "4.00%")], [None]),
        ([("Lista de Precios", "retail", "retail", "trade", "retail")], [None]),
        ([("Supplier ID", "12", "13", "15", "40")], [None]),
    ],
)  # fmt: skip
def test_judges_columns_by_their_cells(columns, expected):
    assert judge(NAMES, *columns) == expected


@pytest.mark.parametrize("query", ["", "?moving=true"])
def test_a_price_with_an_unknown_name_is_read_with_a_note(as_alice, query):
    answer = import_file(as_alice, "Name,Rate,Stock\nTea,12.50,3\n", query)
    assert str(Product.objects.get().price) == "12.50"
    assert '"Rate" is read as price, because its cells fit' in " ".join(answer["notes"])


@all_cases(
    ("text", "note"),
    [
        ("Name,Stock,Rate\nTea,3,12\nPot,4,3\n", 'The cells of "Rate" look like price'),
        ("Name,Price,Landed\nTea,3.50,1.25\nPot,4.90,3.10\n", 'The cells of "Landed" look like cost_price'),
    ],
)
def test_a_note_names_a_column_that_may_be_the_price_or_the_cost(as_alice, text, note):
    assert note in " ".join(import_file(as_alice, text, "?moving=true&dry_run=true")["notes"])


TWO_PRICES = "Name,Rate,MRP\nTea,12.50,14.00\nPot,8.00,9.50\n"


@pytest.mark.parametrize("query", ["", "?moving=true"])
def test_one_of_two_possible_prices_has_to_be_chosen(as_alice, query):
    answer = upload(as_alice, TWO_PRICES, query).json()
    assert answer["code"] == "invalid_file"
    assert [column["question"][:17] for column in answer["columns"]] == ["", '"Rate" may be pri', '"MRP" may be pric']
    assert "send columns=Rate:price with the file" in answer["detail"]
    assert not Product.objects.exists()


def test_the_user_chooses_one_of_two_possible_prices(as_alice):
    import_file(as_alice, TWO_PRICES, "?columns=Rate:price,MRP:")
    assert [str(price) for price in Product.objects.order_by("id").values_list("price", flat=True)] == ["12.50", "8.00"]


def test_programs_that_ignore_unknown_columns_are_not_asked(as_alice):
    assert import_file(as_alice, TWO_PRICES, "?unknown=ignore&no_price=zero")["created"] == 2


def test_a_column_of_a_recognised_system_is_not_judged(as_alice):
    text = "Handle,Title,Variant Price,Variant Inventory Qty,Extra\ntea,Tea,5,1,4006381333931\n"
    import_file(as_alice, text, "?moving=true")
    assert Product.objects.get().barcode == "4006381333931"
