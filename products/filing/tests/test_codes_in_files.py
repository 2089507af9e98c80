"""Further codes in files are exported and imported as a column with a code in each line."""

from datetime import UTC, datetime

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from products.codes.services import replace_codes
from products.filing.tests.importing import find_bad_rows, import_counts, upload
from products.models import MAX_CODES, Code, Product
from records.events.models import Event, EventType
from testing.cast.people import make_product

CASE = {"code": "4006381333948", "quantity": 12}
PALLET = {"code": "=PALLET-7", "quantity": 480}
CELL = '"=PALLET-7 = 480\n4006381333948 = 12"'


def codes_of(client, product):
    return client.get(f"/api/products/{product.pk}/").json()["codes"]


def test_an_import_creates_and_replaces_codes(as_alice, kettle):
    replace_codes(kettle, [{"code": "OLD", "quantity": 1}])
    assert import_counts(as_alice, f"name,price,codes\nKettle,1,{CELL}\nPot,1,P-1\n") == {
        "created": 1, "updated": 1, "unchanged": 0
    }  # fmt: skip
    assert codes_of(as_alice, kettle) == [CASE, PALLET]
    assert codes_of(as_alice, Product.objects.get(name="Pot")) == [{"code": "P-1", "quantity": 1}]


def test_an_empty_cell_removes_the_codes_and_a_file_without_the_column_leaves_them(as_alice, kettle):
    replace_codes(kettle, [CASE])
    upload(as_alice, "name,price\nKettle,2\n")
    assert codes_of(as_alice, kettle) == [CASE]
    upload(as_alice, "name,codes\nKettle,\n")
    assert (codes_of(as_alice, kettle), Product.objects.get().code_count) == ([], 0)


@pytest.mark.parametrize("query", ["", "?by=holding", "?format=xlsx", "?csv=european"])
def test_an_export_is_imported_unchanged(as_alice, alice, kettle, query):
    replace_codes(kettle, [CASE, PALLET])
    make_product(alice, "Pot")
    answer = as_alice.get(f"/api/products/export/{query}")
    file = SimpleUploadedFile("products.xlsx" if "xlsx" in query else "products.csv", answer.getvalue())
    imported = as_alice.post("/api/products/import/", {"file": file}, format="multipart").json()
    assert (imported["created"], imported["updated"], imported["unchanged"]) == (0, 0, 2)
    assert codes_of(as_alice, kettle) == [CASE, PALLET]


def test_changed_codes_are_an_event_of_the_product(as_alice, kettle):
    upload(as_alice, "name,codes\nKettle,K-2\n")
    upload(as_alice, "name,codes\nKettle,K-2 = 1\n")
    assert Event.objects.filter(type=EventType.PRODUCT_CHANGED).count() == 1


def test_changed_codes_set_the_time_of_the_change_not_that_of_the_beginning(as_alice, kettle):
    """A copy of the products requests changes by `updated_after`, and a long import begins long before it writes."""
    before = datetime.now(UTC)  # the test's transaction has begun earlier
    upload(as_alice, f"name,codes\nKettle,{CELL}\n")
    assert Product.objects.get().updated_at > before


def test_codes_move_from_one_product_to_another_in_one_file(as_alice, alice, kettle):
    pot = make_product(alice, "Pot")
    replace_codes(kettle, [CASE])
    upload(as_alice, "name,codes\nKettle,\nPot,4006381333948 = 12\n")
    assert (codes_of(as_alice, kettle), codes_of(as_alice, pot)) == ([], [CASE])


def test_codes_that_are_taken_are_bad_rows(as_alice, alice, kettle):
    replace_codes(make_product(alice, "Pan", sku="PAN"), [CASE])
    rows = ("Kettle,,4006381333948", "Pot,,pan", "Cup,,X", "Mug,,x", "Jar,J,J")
    text = "name,sku,codes,price\n" + "".join(f"{row},1\n" for row in rows)
    assert find_bad_rows(as_alice, text) == [(2, "codes"), (3, "codes"), (5, "codes"), (6, "codes")]
    assert Code.objects.count() == Product.objects.filter(code_count=1).count() == 1


def test_a_code_that_two_rows_have_in_another_case_is_a_bad_row_in_every_script(as_alice):
    assert find_bad_rows(as_alice, "name,codes,price\nPot,ΟΔΟΣ,1\nCup,οδοσ,1\n") == [(3, "codes")]


@pytest.mark.parametrize(
    "cell", ["A = 0", '"A\na"', "x" * 65, "4.01235E+12", '"' + "\n".join(map(str, range(21))) + '"']
)
def test_wrong_codes_are_bad_cells(as_alice, kettle, cell):
    assert find_bad_rows(as_alice, f"name,codes\nKettle,{cell}\n") == [(2, "codes")]


def test_the_number_of_statements_does_not_depend_on_the_rows(as_alice):
    counts = []
    for first, number in ((0, 3), (10, 30)):
        names = range(first, first + number)
        with CaptureQueriesContext(connection) as captured:
            upload(as_alice, "name,price,codes\n" + "".join(f"P{one},1,C{one}\n" for one in names))
        counts.append(len(captured))
    assert counts[0] == counts[1]


def test_a_dry_run_writes_no_codes(as_alice, kettle):
    assert upload(as_alice, "name,codes\nKettle,K-2\n", "?dry_run=true").json()["updated"] == 1
    assert not Code.objects.exists()


def test_a_cell_with_too_many_codes_is_refused_with_their_limit(as_alice):
    cell = "\n".join(f"C-{number}" for number in range(MAX_CODES + 1))
    [row] = upload(as_alice, f'name,price,codes\nPot,1,"{cell}"\n').json()["rows"]
    assert row["reason"] == f"Ensure this field has no more than {MAX_CODES} elements."
