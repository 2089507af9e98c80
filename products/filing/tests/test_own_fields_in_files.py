"""A column whose name is that of one of the shop's own fields is this field, and nothing else is guessed."""

import pytest

from products.filing.tests.importing import find_bad_rows, import_file, upload
from products.models import CustomField, Product, Profile
from testing.tables import all_cases

CODES = ["4006381333931", "4006381333948", "4006381333955"]
FIELDS = [
    ("warranty", "Warranty until", "date"), ("pallet", "Pallet code", "text"), ("organic", "Organic?", "yes_no"),
    ("ean", "EAN", "text"), ("amount", "Price", "text"), ("size", "Größe", "number"), ("quantity", "Units", "number"),
]  # fmt: skip


@pytest.fixture(autouse=True)
def fields(alice, charlie):
    for key, label, kind in FIELDS:
        CustomField.objects.create(owner=alice, key=key, label=label, type=kind)
    CustomField.objects.create(owner=charlie, key="cover", label="Cover", type="number")


def write(title, cells):
    return f"Name,Price,{title}\n" + "".join(f"Tea {line},{line}.50,{cell}\n" for line, cell in enumerate(cells))


@pytest.mark.whole
@all_cases("query", ["", "?moving=true", "?unknown=keep", "?unknown=ignore&dry_run=false"])
@pytest.mark.parametrize(
    ("title", "cells", "key", "values"),
    [
        ("warranty UNTIL", ["31.12.2099", "01.02.2099", "2098-03-04"], "warranty",
         ["2099-12-31", "2099-02-01", "2098-03-04"]),
        ("Pallet-Code", CODES, "pallet", CODES), ("pallet", CODES, "pallet", CODES),
        ("Organic?", ["yes", "no", "yes"], "organic", [True, False, True]),
        ("Organic?", ["Ja", "não", "Sí", "нет", "1", "0"], "organic", [True, False] * 3), ("EAN", CODES, "ean", CODES),
        ("Größe", ['"1,5"', '"20,25"', "3"], "size", ["1.5", "20.25", "3"]),
        ("units", [1, 2, 3], "quantity", list("123")),
    ],
)  # fmt: skip
def test_a_column_with_the_label_or_the_key_of_an_own_field_is_this_field(as_alice, title, cells, key, values, query):
    answer = import_file(as_alice, write(title, cells), query)
    assert [column["column"] for column in answer["columns"]] == ["name", "price", f"field:{key}"]
    assert [profile.fields for profile in Profile.objects.order_by("product_id")] == [{key: one} for one in values]
    assert not Product.objects.exclude(barcode="", expiration_date=None, quantity=0).exists()


@all_cases(
    ("title", "cells", "query", "column"),
    [
        ("quantity", [1, 2, 3], "", "quantity"), ("EAN", CODES, "?columns=EAN:barcode", "barcode"),
        ("EAN", CODES, "?columns=EAN:", None), ("cover", CODES, "?moving=true", "barcode"),
    ],
)  # fmt: skip
def test_documented_names_answers_and_fields_of_others_are_as_before(as_alice, title, cells, query, column):
    assert import_file(as_alice, write(title, cells), query)["columns"][2]["column"] == column


def test_the_letters_of_a_file_without_a_header_are_no_names_of_fields(as_alice, alice):
    CustomField.objects.create(owner=alice, key="b", label="B", type="text")
    answer = import_file(as_alice, "Tea,1.50,x\nMint,2.50,y\n", "?header=none&columns==A:name,=B:price,=C:field:pallet")
    assert [column["column"] for column in answer["columns"]] == ["name", "price", "field:pallet"]


def test_an_archived_field_is_no_column(as_alice):
    CustomField.objects.filter(key="pallet").update(archived_at="2026-01-01T00:00:00Z")
    assert import_file(as_alice, write("Pallet code", CODES))["columns"][2]["column"] == "barcode"


def test_a_wrong_value_is_told_and_with_moving_left_out_alone(as_alice):
    file = write("Größe", ["large", "3", "4"])
    assert find_bad_rows(as_alice, file) == [(2, "field:size")]
    answer = import_file(as_alice, file, "?moving=true")
    assert (answer["created"], answer["refused"]) == (3, None)
    assert any("field:size" in note and "large" in note for note in answer["notes"])


def test_two_columns_of_one_field_are_told_and_with_a_choice_one_is_read(as_alice):
    file = "Name,Price,Pallet code,pallet\nTea,1.50,A,B\nMint,2.50,,C\n"
    assert "are all read as field:pallet" in upload(as_alice, file).json()["detail"]
    answer = import_file(as_alice, file, "?moving=true")
    assert [column["column"] for column in answer["columns"]].count("field:pallet") == 1
    assert CustomField.objects.filter(owner__username="alice").count() == len(FIELDS)


@pytest.mark.quick
@all_cases(("live", "kept"), [(28, 2), (29, 1), (30, 0)])
def test_unknown_columns_become_fields_up_to_the_limit_of_those_in_use(as_alice, alice, live, kept):
    for number in range(live - len(FIELDS) + 3):
        archived_at = "2026-01-01T00:00:00Z" if number < 3 else None
        names = {"key": f"own_{number}", "label": f"Own {number}", "type": "text"}
        CustomField.objects.create(owner=alice, archived_at=archived_at, **names)
    answer = import_file(as_alice, "Name,Price,Glaze,Maker\nTea,1.50,matt,Ada\nMint,2.50,shiny,Nora\n", "?moving=true")
    assert sum((column["column"] or "").startswith("field:") for column in answer["columns"]) == kept


def test_a_system_keeps_its_columns_and_its_other_ones_are_own_fields(as_alice, alice):
    for key, label in (("vendor", "Vendor"), ("grams", "Variant Grams"), ("glow", "Glow")):
        CustomField.objects.create(owner=alice, key=key, label=label, type="text")
    header = "Handle,Title,Vendor,Variant SKU,Variant Grams,Variant Price,Glow,Image Src,Option1 Name,Option1 Value"
    answer = import_file(as_alice, f"{header}\nmug,Mug,Acme,M-1,300,5.00,yes,,Title,Default Title\n", "?moving=true")
    read = {column["name"]: column["column"] for column in answer["columns"]}
    assert (read["Vendor"], read["Variant Grams"], read["Glow"]) == ("supplier", "field:grams", "field:glow")
