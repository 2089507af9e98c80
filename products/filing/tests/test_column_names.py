"""The names of columns: synonyms, the parameter `columns`, and the errors for unknown names."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from core.files.shown_cells import parse_column_letters
from products.filing.column_names import COLUMN_OF, SYNONYMS, find_letter, is_plain, normalize_name, parse_mapping
from products.filing.columns import COLUMN_NAMES
from products.filing.errors import InvalidFile
from products.filing.tests.importing import ADDRESS, import_counts, upload
from products.models import Product
from testing.tables import all_cases


def test_each_name_means_one_column():
    words = [normalize_name(word) for column in COLUMN_NAMES for word in {column, *SYNONYMS.get(column, ())}]
    assert {word: words.count(word) for word in words if words.count(word) > 1} == {}
    assert set(words) == set(COLUMN_OF)


@all_cases(
    ("name", "column"),
    [
        ("Unit Price", "price"), ("unit_price", "price"), ("UNIT-PRICE (EUR)", "price"), ("Preis in €", "price"),
        ("Qty.", "quantity"), ("Stock", "quantity"), ("EAN", "barcode"), ("Artikelnummer", "sku"), ("Art.-Nr.", "sku"),
        ("Désignation", "name"), ("Quantite", "quantity"), ("Prix d’achat", "cost_price"), ("UnitsInStock", "quantity"),
        ("Menge", "quantity"), ("Haltbar bis", "expiration_date"), ("ReorderLevel", "min_threshold"),
        ("prezzo_eur", "price"), ("Цена, грн.", "price"), ("Cena (Kč)", "price"), ("satis_fiyati", "price"),
        ("Ürün Adı", "name"), ("商品名", "name"), ("상품명", "name"), ("اسم المنتج", "name"), ("Κωδικός", "sku"),
        ("Mã vạch", "barcode"), ("库存数量", "quantity"), ("Lagersaldo", "quantity"), ("Harga Beli", "cost_price"),
    ],
)  # fmt: skip
def test_usual_names_are_recognised(name, column):
    assert COLUMN_OF[normalize_name(name)] == column


@all_cases(
    ("name", "column", "expected"),
    [("Saleprice", "price", True), ("Vkpreis", "price", False), ("仓库库存", "quantity", True)],
)
def test_words_of_four_letters_and_words_without_latin_ones_may_be_joined(name, column, expected):
    assert is_plain(name, column) is expected


def test_the_id_of_another_program_does_not_select_a_product(as_alice, kettle):
    # Only one in ten successive numbers is a GTIN by chance, so the column can't be the barcode.
    rows = "".join(f"{kettle.pk + n},Tea {n},18\n" for n in range(10))
    assert import_counts(as_alice, f"ProductID,ProductName,UnitPrice\n{rows}")["created"] == 10
    assert Product.objects.get(pk=kettle.pk).name == kettle.name


def test_a_file_with_usual_names_is_imported(as_alice):
    assert import_counts(as_alice, "Artikelname;EAN;Preis (EUR);Bestand\nTee;77;1,50;3\n")["created"] == 1
    product = Product.objects.get()
    assert (product.name, product.barcode, str(product.price), product.quantity) == ("Tee", "77", "1.50", 3)


@pytest.mark.parametrize(
    ("text", "mapping"),
    [
        ("Regal:,Preis netto:cost_price", {"regal": "", "preisnetto": "cost_price"}),
        ('"Preis, netto:price"', {"preisnetto": "price"}), ("a:b:price", {"ab": "price"}), ("", {}), (":", {"": ""}),
    ],
)  # fmt: skip
def test_reads_the_parameter(text, mapping):
    assert parse_mapping(text) == mapping


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Regal", '"Regal" in columns is not a name in the file, a colon and the column of a product.'),
        ("Netto:cost_prise", 'There is no column "cost_prise", which columns names. Did you mean cost_price?'),
        ('"a:price', 'The parameter columns has an odd quote (").'),
    ],
)
def test_refuses_a_malformed_parameter(text, reason):
    with pytest.raises(InvalidFile) as refusal:
        parse_mapping(text)
    assert reason in str(refusal.value)


FILE = "Name;Regal;Preis netto;Preis\nTee;A3;1,00;1,50\n"


@pytest.mark.parametrize("dry_run", [True, False])
def test_columns_are_mapped_and_ignored(as_alice, dry_run):
    answer = upload(as_alice, FILE, f"?columns=Regal:,Preis netto:cost_price&dry_run={dry_run}").json()
    assert answer["columns"] == [
        {"name": name, "column": column, "letter": letter, "question": "", "role": None, "may_be": []}
        for name, column, letter in (
            ("Name", "name", "A"), ("Regal", None, "B"), ("Preis netto", "cost_price", "C"), ("Preis", "price", "D"),
        )
    ]  # fmt: skip
    assert answer["preview"] == [
        {
            "line": 2,
            "cells": ["Tee", "A3", "1,00", "1,50"],
            "values": {"name": "Tee", "cost_price": "1.00", "price": "1.50"},
        }
    ]
    assert answer["notes"] == ["Columns that are ignored: Regal."]
    assert [str(product.cost_price) for product in Product.objects.all()] == ([] if dry_run else ["1.00"])


def test_a_form_maps_columns(as_alice):
    form = {"file": SimpleUploadedFile("p.csv", FILE.encode(), "text/csv"), "columns": "Regal:,Preis netto:cost_price"}
    answer = as_alice.post(ADDRESS, form, format="multipart")
    assert (answer.status_code, answer.json()["created"]) == (200, 1)


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ("", "Unknown columns: Regal, Preis netto."),
        ("?columns=Regal:", "Unknown columns: Preis netto."),
        (
            "?columns=Regal:,Preis netto:price",
            'It has columns twice: "Preis netto" (column C), "Preis" (column D) are all read as price.',
        ),
        (
            "?columns=Regal:option:Size,Preis netto:option:size",
            'It has columns twice: "Regal" (column B), "Preis netto" (column C) are all read as option:Size.',
        ),
        ("?columns=Regal:,Preis netto:,=E:price", "The parameter columns names =E, which the file does not have."),
        ("?columns=Regall:,Regal:,Preis netto:", 'The parameter columns names "regall", which the file does not have.'),
        (
            "?columns=Regal:,Preis netto:,Name:",
            "It needs a column that identifies the products:",
        ),
    ],
)
def test_a_refusal_of_the_header_shows_the_file(as_alice, query, reason):
    answer = upload(as_alice, FILE, query)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_file")
    assert reason in answer.json()["detail"]
    assert [column["name"] for column in answer.json()["columns"]] == ["Name", "Regal", "Preis netto", "Preis"]
    assert answer.json()["preview"] == [{"line": 2, "cells": ["Tee", "A3", "1,00", "1,50"], "values": {}}]


def test_an_unknown_column_is_refused_with_the_nearest_known_one(as_alice):
    detail = upload(as_alice, "name,prise,barcod\nPan,1,2\n").json()["detail"]
    assert 'Did you mean price by "prise"?' in detail


TWICE = "Name,Price,Price\nTea,1.00,1.50\n"


@pytest.mark.parametrize(
    ("columns", "values"),
    [
        ("=B:", {"name": "Tea", "price": "1.50"}),
        ("=c:", {"name": "Tea", "price": "1.00"}),
        ("=B:cost_price", {"name": "Tea", "cost_price": "1.00", "price": "1.50"}),
        ("Price:,=C:price", {"name": "Tea", "price": "1.50"}),
    ],
)
def test_letters_distinguish_columns_of_the_same_name(as_alice, columns, values):
    assert "It has columns twice" in upload(as_alice, TWICE).json()["detail"]
    answer = upload(as_alice, TWICE, f"?columns={columns}").json()
    assert answer["preview"][0]["values"] == values


def test_a_letter_maps_a_column_without_a_name(as_alice):
    answer = upload(as_alice, "name,,price\nTea,box,1\n", "?columns==B:unit").json()
    assert answer["preview"][0]["values"] == {"name": "Tea", "unit": "box", "price": "1"}


@pytest.mark.parametrize(("letters", "place"), [("A", 0), ("z", 25), ("AA", 26), ("CV", 99)])
def test_letters_are_those_of_a_spreadsheet(letters, place):
    assert (parse_column_letters(letters) - 1, find_letter(place)) == (place, letters.upper())


def test_suggests_no_column_that_the_file_has_and_none_for_ids(as_alice):
    detail = upload(as_alice, "ProductID,ProductName,SupplierID,UnitPrice,Pryce\n1,Chai,1,18,2\n").json()["detail"]
    assert "Unknown columns: SupplierID, Pryce." in detail
    assert "Did you mean" not in detail
    assert "To ignore one, send columns=SupplierID: with the file." in detail


@pytest.mark.parametrize("query", ["?columns=%00", "?columns=" + "x" * 10_001])
def test_a_hostile_parameter_is_refused(as_alice, query):
    assert upload(as_alice, "name,price\nPan,1\n", query).status_code == 400
