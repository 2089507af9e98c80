"""Barcodes in imported files: what a scanner reads finds the product, and the notes count what was changed."""

import pytest

from products.codes.services import replace_codes
from products.filing.tests.importing import find_bad_rows, import_counts, upload
from products.filing.tests.spreadsheets import build_xlsx
from products.models import Code, Product
from testing.cast.people import make_product

PEN, CASE, UPC = "4006381333931", "4006381333948", "012345678905"


def import_barcodes(client, *cells, columns="name,price,barcode"):
    """Import a product for each cell, and return the response."""
    lines = "".join(f'P{number},1,"{cell}"\n' for number, cell in enumerate(cells, 1))
    return upload(client, f"{columns}\n{lines}")


def scan(client, code):
    answer = client.get("/api/scan/", {"code": code})
    return answer.json()["product"]["name"] if answer.status_code == 200 else answer.json()["code"]


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("'9009518582030", "9009518582030"), (f"{PEN}.0", PEN), ("4 006381 333931", PEN),
        ("978-3-16-148410-0", "9783161484100"), ("12345678905", UPC), ("A-1 7", "A-1 7"),
    ],
)  # fmt: skip
def test_a_scan_finds_the_product(as_alice, cell, code):
    assert import_barcodes(as_alice, cell).status_code == 200
    assert scan(as_alice, code) == "P1"


def test_the_notes_count_what_was_changed(as_alice):
    answer = import_barcodes(
        as_alice, "'9009518582030", "'9009518582047", f"{PEN}.0", "978-3-16-148410-0", "12345678905",
        f"4006381333955, {CASE}", "A-1",
    )  # fmt: skip
    assert answer.json()["notes"] == [
        "Barcodes with marks that no scanner reads, read without them: 3, for example '9009518582030.",
        "Barcodes with signs between their digits, read without them: 1, for example 978-3-16-148410-0.",
        "Barcodes that have lost the zero at their start, read with it: 1, for example 12345678905.",
        f"Cells with several barcodes: 1, for example 4006381333955, {CASE}. The first one is the barcode of the"
        " product, and the others are further codes.",
    ]


def test_a_workbook_s_number_without_its_zero_is_restored_as_well(as_alice):
    header = '<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c><c r="C1" t="s"><v>2</v></c></row>'
    row = '<row r="2"><c r="A2" t="s"><v>3</v></c><c r="B2"><v>1</v></c><c r="C2"><v>12345678905</v></c></row>'
    assert upload(as_alice, build_xlsx(header + row, ("name", "price", "barcode", "P1"))).status_code == 200
    assert scan(as_alice, UPC) == "P1"


def test_numbers_of_an_own_scheme_are_kept_and_those_that_look_like_barcodes_are_noted(as_alice):
    cells = ("12345678905", "12345678906", "12345678907", "12-34-56-70", "12-34-56-71", "12-34-56-72")
    answer = import_barcodes(as_alice, *cells).json()
    assert [*Product.objects.order_by("id").values_list("barcode", flat=True)] == [*cells]
    assert answer["notes"] == ["Barcodes that may be written wrongly, kept as they are: 2, for example 12345678905."]


@pytest.mark.quick
def test_a_wrong_check_digit_among_barcodes_is_noted(as_alice):
    answer = import_barcodes(as_alice, "4 006381 333931", "4 006381 333948", "4 006381 333950")
    assert answer.json()["notes"][1:] == [
        "Barcodes that may be written wrongly, kept as they are: 1, for example 4 006381 333950."
    ]
    assert Product.objects.last().barcode == "4 006381 333950"


@pytest.mark.parametrize("cell", [f"{PEN}, A-1", f"{PEN};123"])
def test_a_barcode_beside_another_code_in_its_cell_is_refused(as_alice, cell):
    [row] = import_barcodes(as_alice, cell).json()["rows"]
    assert (row["line"], row["column"], row["cell"]) == (2, "barcode", cell)
    assert row["reason"].startswith("This cell has several codes, and not all of them are barcodes")


# --- Several barcodes in a cell --------------------------------------------------------------------------------------


def list_codes(product):
    return [*Code.objects.filter(product=product).order_by("code").values_list("code", "quantity")]


def test_the_second_barcode_becomes_a_further_code(as_alice):
    import_barcodes(as_alice, f"{PEN}, {CASE}")
    product = Product.objects.get()
    assert (product.barcode, list_codes(product), product.code_count) == (PEN, [(CASE, 1)], 1)
    assert scan(as_alice, CASE) == "P1"
    assert import_barcodes(as_alice, f"{PEN}, {CASE}").json()["unchanged"] == 1


def test_further_codes_of_the_product_stay(as_alice, kettle):
    replace_codes(kettle, [{"code": CASE, "quantity": 12}, {"code": "K-2", "quantity": 1}])
    assert import_counts(as_alice, f'name,barcode\nKettle,"{PEN} / {CASE} / 9783161484100"\n')["updated"] == 1
    assert list_codes(kettle) == [(CASE, 12), ("9783161484100", 1), ("K-2", 1)]


def test_a_column_of_codes_is_joined_with_the_second_barcode(as_alice, kettle):
    replace_codes(kettle, [{"code": "OLD", "quantity": 1}])
    upload(as_alice, f'name,barcode,codes\nKettle,"{PEN}, {CASE}","K-2\n{CASE} = 12"\n')
    assert list_codes(kettle) == [(CASE, 12), ("K-2", 1)]


@pytest.mark.parametrize("other", ["P2,1,{case}", "P2,abc,{case}"])
def test_a_second_barcode_that_another_row_has_is_a_bad_cell(as_alice, other):
    text = f'name,price,barcode\nP1,1,"{PEN}, {CASE}"\n{other.format(case=CASE)}\n'
    assert (2, "barcode") in find_bad_rows(as_alice, text)
    assert not Product.objects.exists()


def test_a_product_does_not_get_too_many_codes(as_alice, kettle):
    replace_codes(kettle, [{"code": f"C-{number}", "quantity": 1} for number in range(20)])
    [row] = upload(as_alice, f'name,barcode\nKettle,"{PEN}, {CASE}"\n').json()["rows"]
    assert (row["column"], row["reason"]) == ("barcode", "A product has at most 20 further codes. Remove some of them.")


def test_codes_of_another_program_s_file_are_read_as_a_scanner_reads_them(as_alice):
    answer = upload(as_alice, f'name,price,codes\nPot,1,"\'{PEN}\n4 006381 333948 = 12\nC-1"\n')
    assert list_codes(Product.objects.get()) == [(PEN, 1), (CASE, 12), ("C-1", 1)]
    assert len(answer.json()["notes"]) == 2


# --- Two products never become one -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("first", "second"),
    [(UPC, "12345678905"), ("12345678905", UPC), (f"0{UPC}", "12345678905"), ("12345678905", f"0{UPC}"),
     (PEN, "4 006381 333931"), (f"'{PEN}", f"{PEN}.0")],
)  # fmt: skip
def test_two_rows_whose_barcodes_become_one_are_refused(as_alice, first, second):
    assert find_bad_rows(as_alice, f"name,price,barcode\nP1,1,{first}\nP2,1,{second}\n") == [(3, "barcode")]


@pytest.mark.parametrize("stored", [UPC, f"0{UPC}", f"00{UPC}"])
def test_a_barcode_that_becomes_that_of_another_product_is_refused(as_alice, alice, stored):
    make_product(alice, "Pot", sku="P-1", barcode=stored)
    [row] = upload(as_alice, "sku,name,price,barcode\nP-2,Pan,1,12345678905\n").json()["rows"]
    assert (row["column"], row["reason"].split(".")[0]) == ("barcode", "Another of your products has this barcode")


def test_two_forms_of_one_gtin_in_a_file_are_one_barcode_twice(as_alice):
    rows = import_barcodes(as_alice, UPC, f"0{UPC}", f"'{PEN}").json()["rows"]
    assert [(row["line"], row["column"], row["reason"]) for row in rows] == [
        (3, "barcode", "Line 2 has the same barcode. Change it in one of the two lines.")
    ]


# --- Files of this service -------------------------------------------------------------------------------------------

ODD = ("'9009518582030", "12345678905", "978-3-16-148410-0", f"{PEN}, {CASE}", "4 006381 333955")


@pytest.mark.parametrize("query", ["", "?by=holding", "?format=xlsx", "?csv=european"])
def test_an_export_with_such_barcodes_changes_nothing(as_alice, alice, query):
    for number, code in enumerate(ODD):
        product = make_product(alice, f"P{number}", barcode=code)
        replace_codes(product, [{"code": f"'{code}", "quantity": 2}])
    before = [*Product.objects.order_by("id").values()]
    answer = upload(as_alice, as_alice.get(f"/api/products/export/{query}").getvalue()).json()
    assert (answer["created"], answer["updated"], answer["unchanged"], answer["notes"]) == (0, 0, 5, [])
    assert [*Product.objects.order_by("id").values()] == before


def test_a_zero_that_a_spreadsheet_has_removed_from_an_export_is_restored(as_alice, alice):
    make_product(alice, "Pot", barcode=UPC)
    text = as_alice.get("/api/products/export/").getvalue().replace(UPC.encode(), UPC[1:].encode())
    answer = upload(as_alice, text).json()
    assert (answer["unchanged"], Product.objects.get().barcode) == (1, UPC)
    assert answer["notes"] == [
        "Barcodes that have lost the zero at their start, read with it: 1, for example 12345678905."
    ]


def test_rows_of_several_places_may_write_a_barcode_in_different_ways(as_alice):
    text = f"name,price,barcode,quantity,lot\nPot,1,{PEN},3,A\nPot,1,4 006381 333931,4,B\n"
    assert import_counts(as_alice, text)["created"] == 1
    assert Product.objects.get().quantity == 7
