"""A comparison with a file: its columns, its rows, and the files that other systems write."""

import csv
import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from core.files.writers import write_workbook
from desk.reports.comparison.tests.comparing import COMPARISONS, check_equations, explain, find_position
from desk.reports.tests.reporting import book
from testing.cast.people import make_product
from testing.reading.browser import Browser
from testing.tables import all_cases


@pytest.fixture
def cup(alice):
    return make_product(alice, "Cup", 8, sku="CUP", barcode="4006381333931", external_id="17")


@pytest.fixture
def flour(alice):
    return make_product(alice, "Flour", 2500, sku="FLOUR", unit="kg", decimals=3)


def send(client, content, query="", **form):
    data = content.encode() if isinstance(content, str) else content
    body = {"source": "web shop", "file": SimpleUploadedFile("list.csv", data), **form}
    return client.post(f"{COMPARISONS}{query}", body, format="multipart")


def compare_file(client, content, **form):
    answer = send(client, content, **form)
    assert answer.status_code == 200, answer.content
    check_equations(answer.json())
    return answer.json()


def test_a_file_names_products_by_its_columns(as_alice, cup, flour):
    found = compare_file(as_alice, "Title;SKU;Stock;Shelf\nA cup;cup;7;B2\nFlour;FLOUR;2,5;A1\nPot;POT;1;\n")
    assert explain(found) == {"Cup": (7, [], 1, 8)}
    assert found["agree"] == 1
    assert [(row["line"], row["field"], row["value"], row["code"]) for row in found["unknown"]] == [
        (4, "sku", "POT", "product_not_found")
    ]


def test_a_file_of_woocommerce(as_alice, cup, flour):
    """Its ids are external ids here, and a cell is empty if WooCommerce does not manage the stock."""
    content = (
        "ID,Type,SKU,Name,Published,In stock?,Stock,Regular price\n"
        "17,simple,CUP-OLD,Cup,1,1,8,4.00\n18,simple,FLOUR,Flour,1,1,,2.00\n19,simple,X,Other,1,0,-2,1.00\n"
    )
    found = compare_file(as_alice, content)
    assert (found["agree"], found["totals"]["without_quantity"], found["missing"]) == (1, 1, [])
    assert [row["line"] for row in found["unknown"]] == [4]


@pytest.mark.quick
def test_quantities_below_zero_are_compared(as_alice, cup):
    assert explain(compare_file(as_alice, "sku,quantity\nCUP,-2\n")) == {"Cup": (-2, [], 10, 8)}


def test_rows_of_several_places_add_up(as_alice, cup):
    found = compare_file(as_alice, "sku,location,quantity\nCUP,Cellar,5\nCUP,Shelf,3\n")
    assert found["agree"] == 1


def test_columns_of_places_add_up(as_alice, cup):
    found = compare_file(as_alice, "Name,SKU,quantity [Cellar],quantity [Shelf]\nCup,CUP,5,3\n")
    assert found["agree"] == 1


def test_codes_of_several_products_are_unknown(as_alice, cup, flour):
    found = compare_file(as_alice, "sku,barcode,quantity\nFLOUR,4006381333931,8\n")
    assert [row["code"] for row in found["unknown"]] == ["several_products"]


@pytest.mark.quick
def test_malformed_cells_are_unknown_lines(as_alice, cup):
    found = compare_file(as_alice, "sku,quantity\nCUP,many\n")
    assert [(row["line"], row["field"], row["value"], row["code"]) for row in found["unknown"]] == [
        (2, "quantity", "many", "invalid")
    ]


def test_columns_with_other_names_are_mapped(as_alice, cup):
    found = compare_file(as_alice, "Ref.;Units left\nCUP;8\n", columns="Ref.:sku,Units left:quantity")
    assert found["agree"] == 1


def test_a_workbook_is_read(as_alice, cup):
    with write_workbook(iter([("sku", "quantity"), ("CUP", 8)])) as file:
        assert compare_file(as_alice, file.read())["agree"] == 1


@all_cases(
    ("content", "said"),
    [("sku,price\nCUP,1\n", "quantity"), ("name,quantity\nCup,1\n", "sku"), ("", "empty"), ("%PDF-1", "PDF")],
)
def test_a_file_that_is_no_list_is_refused(as_alice, cup, content, said):
    answer = send(as_alice, content)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_file")
    assert answer.json()["detail"].startswith("This file can't be compared.")
    assert said in answer.json()["detail"]


def test_a_form_without_one_file_is_refused(as_alice):
    assert [*as_alice.post(COMPARISONS, {"source": "x"}, format="multipart").json()] == ["file"]


def test_all_differences_as_a_file(as_alice, cup, flour):
    position = find_position(as_alice)
    book(as_alice, flour, "OUT", 250)
    answer = send(as_alice, "sku,quantity\nCUP,7\nFLOUR,2.5\n", "?format=csv", position=position)
    assert list(csv.DictReader(io.StringIO(answer.getvalue().decode(), newline=""))) == [
        {
            "product": str(cup.pk), "sku": "CUP", "name": "Cup", "theirs": "7", "since": "0", "unexplained": "1",
            "ours": "8", "difference": "1", "unit": "",
        },
        {
            "product": str(flour.pk), "sku": "FLOUR", "name": "Flour", "theirs": "2.500", "since": "-0.250",
            "unexplained": "0.000", "ours": "2.250", "difference": "-0.250", "unit": "kg",
        },
    ]  # fmt: skip


@pytest.mark.quick
def test_the_page_shows_who_is_right(alice, as_alice, cup, flour):
    browser = Browser(alice)
    assert 'type="file"' in browser.get_page(COMPARISONS)
    book(as_alice, cup, "OUT", 3, reference="till 7")
    file = SimpleUploadedFile("list.csv", b"sku,quantity\nCUP,8\nPOT,2\n")
    page = browser.post(COMPARISONS, source="web shop", as_of="2025-01-01T10:00", file=file)
    assert page.status_code == 200
    for said in ("What differs", "till 7", "Missing in the list", "Unknown lines", "This product does not exist."):
        assert said in page.content.decode()


def test_the_page_shows_what_is_wrong(alice, cup):
    browser = Browser(alice)
    browser.get_page(COMPARISONS)
    file = SimpleUploadedFile("list.csv", b"sku,price\nCUP,8\n")
    page = browser.post(COMPARISONS, source="web shop", file=file)
    assert page.status_code == 400
    assert "This file can&#x27;t be compared." in page.content.decode()
    page = browser.post(COMPARISONS, file="")
    assert "was not a file" in page.content.decode()
