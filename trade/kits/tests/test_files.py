"""Kits in files: what is written is read again without a change, and each wrong row says what to change."""

import io
from dataclasses import replace

import pytest

from core.files.writers import write_workbook
from testing.cast.people import client_of, make_product
from testing.tables import all_cases
from trade.kits.files import TABLE
from trade.kits.models import Kit
from trade.kits.tests.kits import make_kit

HEADER = "kit,sku,barcode,price,part,quantity\n"


@pytest.fixture
def tea(alice):
    return make_product(alice, "Tea", 10, price="6.00", sku="TEA", barcode="4006381333931")


@pytest.fixture
def cup(alice):
    return make_product(alice, "Cup", 10, price="3.50")


@pytest.fixture
def sugar(alice):
    return make_product(alice, "Sugar", 10_000, price="2.00", sku="0017", unit="kg", decimals=3)


def upload(client, file, query="", **headers):
    return client.generic("POST", f"/api/kits/import/{query}", file, content_type="text/csv", headers=headers)


def import_counts(client, file, query=""):
    response = upload(client, file, query)
    assert response.status_code == 200, response.json()
    return {name: response.json()[name] for name in ("created", "updated", "unchanged")}


def find_wrong(client, rows, header=HEADER):
    response = upload(client, header + rows)
    assert response.json()["code"] == "invalid_rows", response.json()
    return [(row["line"], row["column"], row["reason"]) for row in response.json()["rows"]]


def read_parts(kit):
    return [(part["product_name"], part["amount"] or str(part["quantity"])) for part in kit["parts"]]


def test_a_file_makes_kits_of_rows_of_parts(as_alice, tea, cup, sugar):
    rows = "Basket,KIT-1,,24.00,tea,2\nBasket,KIT-1,,,CUP,1\nSweet,,4012345678901,,0017,0.25\n"
    assert import_counts(as_alice, HEADER + rows) == {"created": 2, "updated": 0, "unchanged": 0}
    basket, sweet = as_alice.get("/api/kits/").json()["results"]
    assert (basket["sku"], basket["price"], read_parts(basket)) == ("KIT-1", "24.00", [("Tea", "2"), ("Cup", "1")])
    assert (sweet["barcode"], sweet["price"], read_parts(sweet)) == ("4012345678901", None, [("Sugar", "0.250")])
    assert import_counts(as_alice, HEADER + rows) == {"created": 0, "updated": 0, "unchanged": 2}


@pytest.mark.quick
def test_the_rows_of_a_kit_are_all_of_its_parts(as_alice, alice, tea, cup):
    kit = make_kit(alice, "Basket", {tea.pk: 1, cup.pk: 1}, price="20.00", sku="KIT-1")
    rows = "part,sku,quantity,price\nCup,kit-1,3,21.50\n"
    assert import_counts(as_alice, rows, "?dry_run=true") == {"created": 0, "updated": 1, "unchanged": 0}
    assert as_alice.get(f"/api/kits/{kit['id']}/").json()["price"] == "20.00"
    assert import_counts(as_alice, rows) == {"created": 0, "updated": 1, "unchanged": 0}
    changed = as_alice.get(f"/api/kits/{kit['id']}/").json()
    assert (changed["name"], changed["price"], read_parts(changed)) == ("Basket", "21.50", [("Cup", "3")])


@pytest.fixture
def kits(alice, tea, cup, sugar):
    make_kit(alice, "=Basket; große", {tea.pk: 2, cup.pk: 1}, price="1234.50", sku="0042")
    make_kit(alice, "Sweet", {sugar.pk: 1500}, barcode="12345678905")
    make_kit(alice, "Sweet", {cup.pk: 7})


@all_cases(
    ("language", "query"),
    [
        *(("en", query) for query in ("", "&csv=european", "&_from_page=1")),
        *((language, "&csv=european&_from_page=1") for language in ("en", "de", "fr", "es")),
    ],
)
def test_a_file_of_kits_comes_back_without_a_change(as_alice, kits, language, query):
    as_alice.patch("/api/account/", {"language": language})
    for file_format in ("csv", "xlsx"):
        file = b"".join(as_alice.get(f"/api/kits/?format={file_format}{query}"))
        assert import_counts(as_alice, file) == {"created": 0, "updated": 0, "unchanged": 3}


@pytest.mark.quick
def test_each_wrong_row_says_what_to_change(as_alice, alice, tea, cup, sugar):
    make_kit(alice, "Twin", {tea.pk: 1}, sku="T-1")
    make_kit(alice, "Twin", {tea.pk: 1}, sku="T-2")
    for name in ("Plate", "Plate"):
        make_product(alice, name, 1)
    rows = {
        ",,,,TEA,1": ("kit", "This row names no kit"),
        "A,,,,Coffee,1": ("part", "You have no product"),
        "B,,,,Plate,1": ("part", "Several products have this name"),
        "C,,,,T-1,1": ("part", "A kit can't be a part of a kit"),
        "D,,,,TEA,0": ("quantity", "This is too low"),
        "E,,,,TEA,": ("quantity", "This cell is empty"),
        "F,,,,TEA,1.5": ("quantity", "Too many decimals"),
        "L,,,,0017,2 ml": ("quantity", "This product is counted in kg, and not in ml"),
        "G,,,x,TEA,1": ("price", "This is not a number"),
        "Twin,,,,TEA,1": ("kit", "Several kits have this name"),
        ",NEW,,,TEA,1": ("kit", "There is no kit with this code"),
        "H,tea,,,TEA,1": ("sku", '"tea" is the sku of a product'),
        "I,4.01235E+12,,,TEA,1": ("sku", "A spreadsheet has rounded this code"),
        "J,,,,TEA,1,9": ("", "This row has more cells than the header"),
        "K,,,,,1": ("part", "This cell is empty"),
    }
    wrong = {line: (column, reason) for line, column, reason in find_wrong(as_alice, "\n".join(rows))}
    for line, (row, (column, reason)) in enumerate(rows.items(), 2):
        said = wrong[line][1][: len(reason)]
        assert (wrong[line][0], said) == (column, reason), row
    assert Kit.objects.count() == 2


@all_cases("cells", ["0.25 kg;", "0,25;Kilogramm", ".25;"])
def test_an_amount_may_have_the_unit_of_its_product(as_alice, sugar, cells):
    rows = "kit;part;quantity;unit\nSweet;0017;{}\n"
    assert [row[:2] for row in find_wrong(as_alice, rows.format("250;g"), "")] == [(2, "quantity")]
    assert import_counts(as_alice, rows.format(cells))["created"] == 1
    assert read_parts(as_alice.get("/api/kits/").json()["results"][0]) == [("Sugar", "0.250")]


def test_plain_names_of_prices_and_quantities_are_read_as_in_files_of_products(as_alice, tea):
    assert import_counts(as_alice, "kit;Selling price;part;Quantity (pcs)\nBasket;24,00;tea;2\n")["created"] == 1
    [kit] = as_alice.get("/api/kits/").json()["results"]
    assert (kit["price"], read_parts(kit)) == ("24.00", [("Tea", "2")])


@all_cases(
    ("file", "answers"),
    [
        ("kit,Zutat,quantity\nBasket,Tea,2\n", {"part": "columns==B:part", "none": "columns==B:"}),
        ("Our kits,,\nZestaw,part,quantity\nBasket,Tea,2\n", {
            "kit": "columns==A:kit", "sku": "columns==A:sku", "none": "columns==A:",
        }),
        ("kit,part,Quantity,Qty\nBasket,Tea,2,7\n", {
            "Quantity (C)": "columns==C:quantity,=D:", "Qty (D)": "columns==C:,=D:quantity", "none": "columns==C:,=D:",
        }),
    ],
)  # fmt: skip
def test_a_column_that_is_missing_or_twice_is_a_question(as_alice, tea, file, answers):
    [question] = upload(as_alice, file).json()["questions"]
    assert (question["of"], question["answers"]) == ("columns", answers)
    assert import_counts(as_alice, file, f"?{next(iter(answers.values()))}")["created"] == 1
    assert read_parts(as_alice.get("/api/kits/").json()["results"][0]) == [("Tea", "2")]


def test_a_page_asks_with_titles_and_keeps_the_answers(alice, tea):
    client, file = client_of(alice), io.BytesIO(b"kit,Zutat,quantity,Foto\nBasket,Tea,2,a.png\n")
    file.name = "kits.csv"
    address = "/api/kits/import/?columns=%3DD%3A"
    page = client.post(address, {"file": file}, format="multipart", headers={"accept": "text/html"}).content.decode()
    assert "Is &quot;Zutat&quot; the column Part?" in page
    assert "?columns=%3DD%3A%2C%3DB%3Apart&amp;dry_run=true" in page
    assert '<input type="hidden" name="columns" value="=D:">' in page
    assert 'role="alert"' not in page


@all_cases("columns", ["Zutat:part", "=A:size", "Regal:", "kit:option:size"])
def test_a_mapping_of_what_kits_or_the_file_do_not_have_is_refused(as_alice, tea, columns):
    refused = upload(as_alice, "kit,part,quantity\nBasket,Tea,2\n", f"?columns={columns}")
    assert (refused.status_code, refused.json()["code"]) == (400, "invalid_file")


def test_rows_that_contradict_each_other_are_refused(as_alice, alice, tea, cup):
    make_kit(alice, "Basket", {tea.pk: 1}, sku="KIT-1", barcode="4012345678901")
    make_kit(alice, "Other", {tea.pk: 1}, sku="KIT-2")
    cases = {
        "A,,,5.00,TEA,1\nA,,,6.00,Cup,1": (3, "price"),
        "A,,,,TEA,1\nA,,,,4006381333931,1": (3, "part"),
        "A,X,,,TEA,1\nA,,,,Cup,1": (3, "kit"),
        "Basket,,,,TEA,1\n,KIT-1,,,Cup,1": (3, "kit"),
        "Basket,KIT-2,4012345678901,,TEA,1": (2, "barcode"),
    }
    for rows, place in cases.items():
        assert [row[:2] for row in find_wrong(as_alice, rows)] == [place], rows


@all_cases(
    ("file", "said"),
    [
        ("name,price\nTea,1\n", "It needs a row with the names of its columns"),
        ("kit,part,quantity,prise\nA,TEA,1,2\n", 'Kits have no column "prise"'),
        ("kit,part,quantity,Part\nA,TEA,1,2\n", 'It has the column "Part" twice'),
        ("kit,part,quantity\n", "It has no rows below the header"),
        (" ", "It needs a row"),
    ],
)
def test_a_file_that_is_no_list_of_kits_is_refused(as_alice, tea, file, said):
    response = upload(as_alice, file)
    assert (response.json()["code"], response.json()["reason"][: len(said)]) == ("invalid_file", said)


def test_a_file_has_a_limit_of_rows(as_alice, tea, monkeypatch):
    monkeypatch.setattr("trade.kits.files.TABLE", replace(TABLE, max_rows=1))
    response = upload(as_alice, HEADER + "A,,,,TEA,1\nB,,,,TEA,1\n")
    assert (response.json()["code"], response.json()["limit"]) == ("too_many_rows", 1)


def test_a_kit_of_a_file_has_a_limit_of_parts(as_alice, alice):
    products = [make_product(alice, f"Part {number}", 1) for number in range(51)]
    [wrong] = find_wrong(as_alice, "".join(f"A,,,,{product.name},1\n" for product in products))
    assert wrong == (52, "part", "A kit has at most 50 parts.")


def test_a_name_means_the_product_that_the_kit_has(as_alice, alice):
    first, _second = make_product(alice, "Plate", 1), make_product(alice, "Plate", 1)
    make_kit(alice, "Table", {first.pk: 4})
    assert import_counts(as_alice, "kit,part,quantity\nTable,Plate,4\n")["unchanged"] == 1


def save_and_import(client, change=lambda file: file):
    """Import the saved file of kits, and return its counts."""
    return import_counts(client, change(b"".join(client.get("/api/kits/?format=csv")).decode()))


UNCHANGED = {"created": 0, "updated": 0, "unchanged": 1}


@all_cases("taken", [False, True])
def test_a_file_with_an_archived_part_comes_back(as_alice, alice, tea, cup, taken):
    kit = make_kit(alice, "Basket", {tea.pk: 2, cup.pk: 1}, sku="KIT-1", price="5.00")
    for product in (tea, cup):
        assert as_alice.delete(f"/api/products/{product.pk}/").status_code == 204
    if taken:
        for name, sku in (("Other", "TEA"), ("Cup", "CUP")):
            make_product(alice, name, 1, sku=sku)
    assert save_and_import(as_alice) == UNCHANGED
    assert save_and_import(as_alice, lambda file: file.replace("5.00", "6.00"))["updated"] == 1
    changed = as_alice.get(f"/api/kits/{kit['id']}/").json()
    assert (changed["price"], [part["product"] for part in changed["parts"]]) == ("6.00", [tea.pk, cup.pk])


@pytest.mark.quick
def test_the_parts_beside_an_archived_one_do_not_change(as_alice, alice, tea, cup):
    make_kit(alice, "Basket", {tea.pk: 2, cup.pk: 1}, sku="KIT-1")
    as_alice.delete(f"/api/products/{tea.pk}/")
    said = f"Product {tea.pk} is archived: restore it first."
    assert find_wrong(as_alice, "Basket,KIT-1,,,TEA,2\nBasket,KIT-1,,,Cup,2\n") == [(2, "part", said)]
    assert import_counts(as_alice, HEADER + "Basket,KIT-1,,,Cup,2\n")["updated"] == 1


@pytest.mark.quick
@all_cases("codes", [
    ({}, {}), ({"sku": "X"}, {"barcode": "X"}), ({"sku": "10", "barcode": "20"}, {"sku": "20", "barcode": "10"}),
    ({"sku": "Plate"}, {}),
])  # fmt: skip
def test_parts_with_one_name_or_crossed_codes_come_back(as_alice, alice, codes):
    first, second = (make_product(alice, "Plate", 9, **one) for one in codes)
    make_kit(alice, "Table", {second.pk: 2, first.pk: 3})
    assert save_and_import(as_alice) == UNCHANGED
    lines = as_alice.get("/api/kits/?format=csv")
    header, *rows = b"".join(lines).decode().splitlines()
    assert import_counts(as_alice, "\n".join([header, *reversed(rows)])) == UNCHANGED
    assert import_counts(as_alice, "\n".join([header, *rows]).replace(",2,", ",4,"))["updated"] == 1
    [kit] = as_alice.get("/api/kits/").json()["results"]
    assert {part["product"]: part["quantity"] for part in kit["parts"]} == {second.pk: 4, first.pk: 3}


@pytest.mark.quick
@all_cases(("row", "column", "cell"), [
    ("H,tea,,,TEA,1", "sku", "tea"),
    ("Basket,KIT-2,4012345678901,,TEA,1", "barcode", "4012345678901"),
    (",NEW,,,TEA,1", "kit", ""),
    ("A,,,,0017,2 ml", "quantity", "2 ml"),
    ("A,,,,0017,0.0001", "quantity", "0.0001"),
    ("A,,,,Coffee,1", "part", "Coffee"),
    ("A,,,5.00,TEA,1\nA,,,6,Cup,1", "price", "6"),
])  # fmt: skip
def test_an_error_has_the_text_of_its_cell(as_alice, alice, tea, cup, sugar, row, column, cell):
    make_kit(alice, "Basket", {tea.pk: 1}, sku="KIT-1", barcode="4012345678901")
    make_kit(alice, "Other", {tea.pk: 1}, sku="KIT-2")
    [wrong] = upload(as_alice, HEADER + row).json()["rows"]
    assert (wrong["column"], wrong["cell"]) == (column, cell)


def test_a_workbook_and_titles_above_the_header_are_read(as_alice, tea):
    rows = iter([["Our kits", "", ""], ["Kit", "Part", "Quantity"], ["A", 4006381333931, 2]])
    with write_workbook(rows, 1) as file:
        assert import_counts(as_alice, file.read())["created"] == 1


def test_people_see_the_form_and_what_is_wrong(as_alice, alice, tea):
    make_kit(alice, "Basket", {tea.pk: 1})
    client = client_of(alice)
    page = client.get("/api/kits/import/", headers={"accept": "text/html"}).content.decode()
    assert "Import kits" in page
    assert "/api/kits/?_from_page=1&amp;format=xlsx" in page
    file = io.BytesIO(b"kit,part,quantity\nBasket,Coffee,1\n")
    file.name = "kits.csv"
    answer = client.post("/api/kits/import/", {"file": file}, format="multipart", headers={"accept": "text/html"})
    assert "You have no product with this SKU" in answer.content.decode()


def test_the_headings_of_the_page_are_in_the_language_of_its_reader(alice):
    file = io.BytesIO(b"kit,part,quantity\nBasket,Coffee,1\n")
    file.name = "kits.csv"
    headers = {"accept": "text/html", "accept-language": "de"}
    answer = client_of(alice).post("/api/kits/import/", {"file": file}, format="multipart", headers=headers)
    assert "<h2>Was falsch ist</h2>" in answer.content.decode()
