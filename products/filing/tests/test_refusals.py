"""Files and rows that the import refuses, and the errors it returns."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from core.fields import MAX_QUOTED_LENGTH
from core.files.limits import MAX_LINE_BYTES
from core.files.reader_process import ReaderBusy
from products.codes.services import replace_codes
from products.filing import source
from products.filing.errors import TooManyRows
from products.filing.tests.importing import ADDRESS, find_bad_rows, import_counts, upload
from products.models import Product
from testing.cast.people import make_product


def test_the_response_lists_all_bad_rows_and_nothing_is_written(as_alice, alice, kettle):
    make_product(alice, "Twin")
    make_product(alice, "Twin")
    text = (
        "stock_sequence,id,name,price,quantity,supplier,sku\n"
        ",999999,X,1,1,,\n"  # line 2: no product has this id
        ",,New,abc,1.5,,\n"  # line 3: price and quantity are wrong
        ",,Twin,1,1,,\n"  # line 4: two products have this name
        ",,Other,1,1,Nobody,\n"  # line 5: no supplier has this name
        ",,,1,1,,\n"  # line 6: the name is missing
        ",,Late,,1,,\n"  # line 7: the price is missing
        f",{kettle.pk},K,1,1,,\n,{kettle.pk},K,1,1,,\n"  # line 9: a second row for one product
        ",short\n"  # line 10: there are too few cells
    )
    assert find_bad_rows(as_alice, text) == [
        (2, "id"), (3, "price"), (3, "quantity"), (4, "name"), (5, "supplier"), (6, "name"), (7, "price"), (9, "id"),
        (10, ""),
    ]  # fmt: skip
    assert Product.objects.count() == 3
    kettle.refresh_from_db()
    assert kettle.name == "Kettle"


def test_a_sku_or_barcode_that_is_a_further_code_is_a_bad_row(as_alice, kettle):
    replace_codes(kettle, [{"code": "Öl7", "quantity": 12}])
    assert find_bad_rows(as_alice, "name,price,sku,barcode\nPot,1,öL7,\nPan,1,,ÖL7\nCup,1,C,c1\n") == [
        (2, "sku"), (3, "barcode")
    ]  # fmt: skip


def test_codes_of_other_products_are_bad_rows(as_alice, alice):
    make_product(alice, "Pan", sku="p-1", barcode="77")
    other = make_product(alice, "Pot")
    text = f"stock_sequence,id,name,price,sku,barcode\n,{other.pk},Pot,1,P-1,77\n,,New,1,n-1,55\n,,New2,1,N-1,55\n"
    assert find_bad_rows(as_alice, text) == [(2, "barcode"), (2, "sku"), (4, "barcode"), (4, "sku")]


@pytest.mark.parametrize("code", ["sku", "barcode"])
@pytest.mark.parametrize(("first", "second"), [("x-1", "x-1"), ("x-1", "X-1"), ("öl", "ÖL"), ("İ", "i̇"), ("ß", "ẞ")])
def test_a_new_code_in_two_rows_is_a_bad_row_if_the_database_says_so(as_alice, alice, code, first, second):
    """The database decides which letters are equal ignoring case, as in its unique index. The status is never 500."""
    pan, pot = make_product(alice, "Pan"), make_product(alice, "Pot")
    text = f"stock_sequence,id,name,price,{code}\n,{pan.pk},Pan,1,{first}\n,{pot.pk},Pot,1,{second}\n"
    answer = upload(as_alice, text)
    if answer.status_code == 400:
        assert [(row["line"], row["column"], row["reason"]) for row in answer.json()["rows"]] == [
            (3, code, f"Line 2 has the same {code}. Change it in one of the two lines."),
        ]  # fmt: skip
    else:
        assert import_counts(as_alice, text)["unchanged"] == 2


def test_each_row_that_repeats_a_new_sku_is_listed_once(as_alice, kettle):
    text = f"stock_sequence,id,name,price,sku\n,{kettle.pk},K,1,n-1\n,,New,1,N-1\n,,Newer,1,n-1\n"
    assert find_bad_rows(as_alice, text) == [(3, "sku"), (4, "sku")]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("\n", "It needs a column that identifies"),
        ("name,price\n", "It has no rows"),
        ("name,colour\nPan,red\n", "Unknown columns: colour."),
        (f"name,{'c' * 255}\nPan,red\n", f"Unknown columns: {'c' * MAX_QUOTED_LENGTH}. Known"),
        ("name,name\nPan,Pan\n", "twice"),
        ("price\n1\n", "identifies the products"),
        (b"name,pr\xffice\nPan,1\n", "Unknown columns"),
    ],
)
def test_the_error_of_an_invalid_file_says_why(as_alice, text, reason):
    answer = upload(as_alice, text)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_file")
    assert reason in answer.json()["detail"]


@pytest.mark.parametrize("blank", ["", " ", ",", " , ", "\t,\u00a0", '" ",""', " , , ,"])
def test_a_line_of_spaces_and_delimiters_is_skipped(as_alice, blank):
    assert import_counts(as_alice, f"name,price\n{blank}\nPan,1\n{blank}\n") == {
        "created": 1,
        "updated": 0,
        "unchanged": 0,
    }


def test_a_file_of_blank_lines_has_no_rows(as_alice):
    answer = upload(as_alice, "name,price\n , \n,\n")
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_file")


REASONS = [
    ("stock_sequence,id,price", ",999999,1", "You have no product with this id. Correct it, or empty it to match by sku"
     " or name."),
    ("name,price", "Twin,1", "Several of your products have this name. Add the id or sku of the one you mean."),
    ("sku,price", "new,1", "No product matches this row. Add its name to create it, or correct its sku."),
    ("name", "New", "No product matches this row. Add its price to create it, or correct its sku or name."),
    ("name,price", "Pan,1\nPan,1", "Line 2 has the same product. Keep one of the two lines."),
    ("name,price,sku", "A,1,x\nPan,1,x", "Line 2 has the same sku. Change it in one of the two lines."),
    ("name,price,barcode", "A,1,x1\nB,1,x1", "Line 2 has the same barcode. Change it in one of the two lines."),
    ("stock_sequence,id,sku", ",{pan},pot-1", "Another of your products has this sku."
     " Change it here, or change that product first."),
    ("stock_sequence,id,barcode", ",{pan},77", "Another of your products has this barcode."
     " Change it here, or change that product first."),
    ("name,supplier", "Pan,Nobody", "You have no supplier with this name. Create it first, or leave the cell empty."),
    ("name,quantity,stock_sequence", "Pan,9,7", "The stock has moved since this file was exported: the quantity is now "
     "5. Export again, or empty quantity and stock_sequence to change the rest."),
    ("name,price", "Pan", "Expected as many cells as the header has (2), got 1. Add or remove cells, or put a cell "
     "that contains the delimiter in quotes."),
    ("name,price", '"Pan"x,1', "This line is not valid CSV: ',' expected after '\"'. Check its quotes and delimiters."),
]  # fmt: skip


@pytest.mark.parametrize(("header", "lines", "reason"), REASONS)
def test_each_refused_row_says_what_to_change(as_alice, alice, header, lines, reason):
    pan = make_product(alice, "Pan", 5)
    make_product(alice, "Pot", sku="pot-1", barcode="77")
    for _ in range(2):
        make_product(alice, "Twin")
    answer = upload(as_alice, f"{header}\n{lines.format(pan=pan.pk)}\n").json()
    assert [row["reason"] for row in answer["rows"]] == [reason]
    assert answer["detail"] == (
        "The file has wrong cells or lines: 1. Nothing was imported."
        " Correct those listed in rows and send the file again."
    )


@pytest.mark.parametrize("bad_row", ["Pot,1\n", '"Pot"x,1\n', "Pot,much\n", "too,many,cells\n"])
def test_a_file_with_too_many_rows_is_refused_at_the_first_row_over_the_limit(as_alice, monkeypatch, bad_row):
    monkeypatch.setattr(source, "MAX_ROWS", 3)
    rows = ["Pan,1\n", "\n", "Pot,1\n", ",\n", bad_row]
    assert upload(as_alice, "".join(["name,price\n", *rows[:3], "Cup,1\n", "\n,\n"]), "?dry_run=1").status_code == 200
    answer = upload(as_alice, "".join(["name,price\n", *rows, "Cup,1\n", "never read, \xff\n"]))
    assert (answer.status_code, answer.json()["code"], answer.json()["limit"]) == (400, "too_many_rows", 3)
    assert not Product.objects.exists()


@pytest.mark.quick
def test_reading_stops_at_the_first_row_over_the_limit(as_alice, alice, monkeypatch):
    monkeypatch.setattr(source, "MAX_ROWS", 3)
    rows = iter([(number, [f"P{number}", "1"]) for number in range(2, 11)])
    with pytest.raises(TooManyRows):
        list(source.count_rows(rows))
    assert len(list(rows)) == 5


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("name,price\nKäse,1\n".encode() + b"P\xffn,1\n", (3, "")),
        (b'name,price\n"Pan"x,1\n', (2, "")),
        (b"name,price\nP\x00n,1\n", (2, "name")),
        (b"name,price\n" + b"x" * 300 + b",1\n", (2, "name")),
        (b"name,price\nPan,1e400\n", (2, "price")),
        (b"name,price\n" + b"x" * 140_000 + b",1\n", (2, "")),
    ],
)
def test_malformed_bytes_are_bad_rows(as_alice, text, place):
    assert place in find_bad_rows(as_alice, text)
    assert not Product.objects.exists()


def test_an_oversized_line_is_a_bad_row_and_is_not_split(as_alice):
    answer = upload(as_alice, b"name,price\n" + b"," * (MAX_LINE_BYTES + 1) + b"\nPan,much\n")
    assert [(row["line"], row["reason"]) for row in answer.json()["rows"]] == [
        (2, "This line is longer than 1048576 bytes. Shorten it."), (3, "This is not a number: enter it as 1234.50."),
    ]  # fmt: skip


def test_a_large_body_is_read_from_disk_and_closed(as_alice, settings):
    settings.FILE_UPLOAD_MAX_MEMORY_SIZE = 1000
    text = "name,price\n" + "".join(f"Pan {number},1\n" for number in range(300))
    assert import_counts(as_alice, text)["created"] == 300


def test_a_file_over_the_size_limit_is_a_413(as_alice, settings):
    settings.MAX_IMPORT_BYTES = 1000
    assert upload(as_alice, "name,price\n" + "Pan,1\n" * 300).status_code == 413
    file = SimpleUploadedFile("p.csv", b"name,price\n" + b"Pan,1\n" * 300, "text/csv")
    assert as_alice.post(ADDRESS, {"file": file}, format="multipart").status_code == 413


def test_the_error_of_a_spreadsheet_says_to_save_it_as_csv(as_alice):
    answer = upload(as_alice, b"PK\x03\x04\x14\x00rest of an archive")
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_file")
    assert "save it as CSV" in answer.json()["detail"]


@pytest.mark.parametrize(("is_own", "code"), [(True, "import_running"), (False, "too_busy")])
def test_a_workbook_without_a_reader_is_a_503(as_alice, monkeypatch, is_own, code):
    def wait(*_args):
        raise ReaderBusy(is_own)

    monkeypatch.setattr(source, "open_table", wait)
    answer = upload(as_alice, b"PK\x03\x04")
    assert (answer.status_code, answer.json()["code"], answer.headers["Retry-After"]) == (503, code, "5")
