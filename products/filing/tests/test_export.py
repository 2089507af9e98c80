"""The export of products as CSV: columns, filters, streaming, and guards against formulas."""

import csv
import io
from datetime import date

import pytest
from django.http import StreamingHttpResponse

from core.files.writers import guard_formulas, remove_guards
from core.http.downloads import batch_lines
from products.filing.reading import exports
from products.filing.reading.exports import ROWS_AT_A_TIME
from products.filing.tests.exporting import HEADER, last_change, write_line
from products.models import Category, Product
from suppliers.models import Supplier
from testing.cast.people import make_product
from testing.tables import all_cases

URL = "/api/products/export/"


def read_text(client, query="", **headers):
    answer = client.get(f"{URL}{query}", headers=headers)
    assert answer.status_code == 200
    return b"".join(answer.streaming_content).decode()


def read_rows(client, query=""):
    """Return the rows as dictionaries, read with a CSV reader."""
    return list(csv.DictReader(io.StringIO(read_text(client, query), newline=""), strict=True))


def list_names(client, query=""):
    return [row["name"] for row in read_rows(client, query)]


@pytest.mark.quick
def test_a_line_has_all_columns_with_the_names_of_category_and_supplier(as_alice, alice):
    kettle = make_product(
        alice, "Kettle", 10, sku="K-1", barcode="4006381333931", description="Steel", unit="pcs",
        price="24.5", cost_price="11", min_threshold=3, expiration_date=date(2031, 2, 3),
        category=Category.objects.create(owner=alice, name="Kitchen"),
        supplier=Supplier.objects.create(owner=alice, name="Acme"), supplier_sku="A/7", pack_size=12,
    )  # fmt: skip
    line = write_line(
        id=kettle.pk, name="Kettle", sku="K-1", barcode="4006381333931", description="Steel", unit="pcs", decimals=0,
        price="24.50", cost_price="11.00", quantity=10, stock_sequence=1, min_threshold=3, expiration_date="2031-02-03",
        category="Kitchen", supplier="Acme", supplier_sku="A/7", pack_size=12, keeps_stock="true",
        change_sequence=last_change(kettle),
    )  # fmt: skip
    assert read_text(as_alice) == HEADER + line


def test_missing_values_are_empty_cells(as_alice, alice):
    pot = make_product(alice, "Pot")
    given = {"id": pot.pk, "name": "Pot", "decimals": 0, "price": "10.00"}
    defaults = {"keeps_stock": "true", "quantity": 0, "stock_sequence": 0, "min_threshold": 5, "pack_size": 1}
    assert read_text(as_alice) == HEADER + write_line(**given, **defaults, change_sequence=last_change(pot))


def test_an_empty_shop_exports_only_the_header(as_alice, as_dora):
    assert read_text(as_alice) == HEADER
    assert read_text(as_dora) == HEADER.replace("cost_price,", "")


def test_a_worker_gets_no_cost_prices(as_bob, alice):
    make_product(alice, "Pot", price="3.00", cost_price="1.25")
    [row] = read_rows(as_bob)
    assert "cost_price" not in row
    assert "1.25" not in row.values()


@pytest.mark.quick
def test_a_worker_gets_the_holdings_without_cost_prices(as_alice, as_bob, kettle):
    kept, left = ({**read_rows(client, "?by=holding")[0]} for client in (as_alice, as_bob))
    assert kept.pop("cost_price") == ""
    assert kept == left


def test_the_response_is_a_streamed_attachment(as_alice, kettle):
    answer = as_alice.get(URL)
    assert isinstance(answer, StreamingHttpResponse)
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="products.csv"'
    assert next(iter(answer.streaming_content)).startswith(HEADER.encode())


def test_lines_are_sent_in_batches_of_500():
    pieces = list(batch_lines(f"{number}\r\n" for number in range(1200)))
    assert [piece.count("\n") for piece in pieces] == [500, 500, 200]
    assert "".join(pieces).splitlines() == [str(number) for number in range(1200)]


@pytest.mark.parametrize("accept", ["text/html", "text/csv", "application/json", "image/png", "nonsense", "*/*"])
def test_the_response_is_csv_whatever_the_client_accepts(as_alice, kettle, accept):
    assert read_text(as_alice, accept=accept) == read_text(as_alice)


def test_a_csv_reader_returns_the_original_text(as_alice, alice):
    texts = ['a "quoted" word', "a, b; c", "two\nlines", "two\r\nlines", "a\ttab", "Öl ☕ 茶", "'quoted'", '"', "''"]
    for number, word in enumerate(texts):
        make_product(alice, f"Product {number}", description=word)
    assert [row["description"] for row in read_rows(as_alice)] == texts


FORMULAS = [
    "=1+1",
    "\uff1d1",
    "\ufeff=1",
    "\u200b=1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\tx",
    "\rx",
    "'=1",
    "''=1",
    "'''-1",
    "'\t",
    "=",
    '="a"&"b"',
]
PLAIN_CELL_PATTERNS = ["", "tea", "'tea'", "'", "a=1", " =1", "1-1", "'a=1", "e@mail", '"=1"']


@all_cases("cell", FORMULAS)
def test_a_formula_gets_one_quote_as_a_prefix(cell):
    assert guard_formulas(cell) == f"'{cell}"


@all_cases("cell", PLAIN_CELL_PATTERNS)
def test_text_without_a_formula_is_unchanged(cell):
    assert guard_formulas(cell) == cell


@pytest.mark.quick
@all_cases("cell", [*FORMULAS, *PLAIN_CELL_PATTERNS])
def test_removing_the_guard_returns_the_original_text(cell):
    assert remove_guards(guard_formulas(cell)) == cell


def test_all_texts_of_a_product_are_guarded_against_formulas(as_alice, alice):
    evil = dict.fromkeys(("name", "sku", "barcode", "description", "unit"), "=cmd|'/c calc'!A0")
    category = Category.objects.create(owner=alice, name="+Tea")
    supplier = Supplier.objects.create(owner=alice, name="@Acme")
    make_product(alice, category=category, supplier=supplier, **evil)
    cells = read_rows(as_alice)[0]
    assert {cells[name] for name in evil} == {"'=cmd|'/c calc'!A0"}
    assert (cells["category"], cells["supplier"]) == ("'+Tea", "'@Acme")


@pytest.fixture
def shelf(alice):
    tea = Category.objects.create(owner=alice, name="Tea")
    make_product(alice, "Assam", 9, price="3.00", category=tea, sku="A-1")
    make_product(alice, "Mint", 2, price="2.00", category=tea)
    make_product(alice, "Pot", 1, price="9.00", description="For tea")


FOUND = {
    "": ["Assam", "Mint", "Pot"],
    "?category=tea": ["Assam", "Mint"],
    "?sku=a-1": ["Assam"],
    "?min_price=2.50&search=tea": ["Assam", "Pot"],
    "?low_stock=true": ["Mint", "Pot"],
    "?low_stock=true&threshold=1": ["Pot"],
    "?archived=true": [],
    "?supplier=999": [],
}


def test_accepts_the_filters_of_the_list_but_no_pagination(as_alice, shelf):
    assert {query: list_names(as_alice, query) for query in FOUND} == FOUND
    assert as_alice.get("/api/products/export/?page=9&page_size=1").status_code == 400


def test_rows_are_ordered_by_id_or_as_the_list(as_alice, shelf, monkeypatch):
    assert list_names(as_alice, "") == list_names(as_alice, "?ordering=") == ["Assam", "Mint", "Pot"]
    monkeypatch.setattr(exports, "ROWS_AT_A_TIME", 2)
    for ordering in ("price", "-price", "-name"):
        listed = [row["name"] for row in as_alice.get("/api/products/", {"ordering": ordering}).json()["results"]]
        assert list_names(as_alice, f"?ordering={ordering}") == listed
    assert list_names(as_alice, "?ordering=-price") != list_names(as_alice, "?ordering=price")


def test_archived_products_are_exported_with_archived_true(as_alice, kettle):
    assert as_alice.delete(f"/api/products/{kettle.pk}/").status_code == 204
    assert (list_names(as_alice), list_names(as_alice, "?archived=true")) == ([], ["Kettle"])


@pytest.mark.parametrize("query", ["supplier=abc", "min_price=x", "ordering=nope", "low_stock=maybe"])
def test_a_malformed_filter_is_a_400_in_json(as_alice, query):
    answer = as_alice.get(f"{URL}?{query}", headers={"Accept": "text/csv"})
    assert (answer.status_code, answer.headers["Content-Type"]) == (400, "application/json")
    assert list(answer.json()) == [query.partition("=")[0]]


def test_a_signed_out_client_gets_a_401_in_json(as_nobody):
    for headers in ({}, {"Accept": "text/html", "Authorization": "Bearer old"}):
        answer = as_nobody.get(URL, headers=headers)
        assert (answer.status_code, answer.headers["Content-Type"]) == (401, "application/json")
        assert "code" in answer.json()


def test_a_browser_that_is_signed_out_is_led_to_the_sign_in(as_nobody):
    answer = as_nobody.get(URL, headers={"Accept": "text/html"})
    assert (answer.status_code, answer.headers["Location"]) == (302, f"/api-auth/login/?next={URL}")


def test_the_export_contains_only_the_account_s_products(as_alice, as_bob, as_charlie, kettle):
    assert list_names(as_bob) == list_names(as_alice) == ["Kettle"]
    assert read_text(as_charlie) == HEADER


def create_products(owner, number):
    products = (Product(owner=owner, name=f"Product {n}", price=1) for n in range(number))
    Product.objects.bulk_create(products)


USER, COLUMNS, PAGE, END = 1, 1, 1, 1


@pytest.mark.parametrize("number", [1, 30, ROWS_AT_A_TIME - 1])
def test_one_batch_takes_a_fixed_number_of_statements(as_alice, alice, number, django_assert_num_queries):
    create_products(alice, number)
    with django_assert_num_queries(USER + COLUMNS + PAGE + END):
        assert len(list_names(as_alice)) == number


def test_each_further_batch_takes_one_more_statement_and_loses_no_row(as_alice, alice, django_assert_num_queries):
    create_products(alice, 2 * ROWS_AT_A_TIME + 1)
    assert ROWS_AT_A_TIME == 2000
    with django_assert_num_queries(USER + COLUMNS + 3 * PAGE + END):
        assert list_names(as_alice) == [f"Product {n}" for n in range(2 * ROWS_AT_A_TIME + 1)]


def test_formulas_after_semicolons_tabs_and_line_ends_are_guarded(as_alice, alice):
    make_product(alice, "Cup;=cmd", description="first\t=cmd\n=cmd")
    assert [(row["name"], row["description"]) for row in read_rows(as_alice)] == [("Cup;'=cmd", "first\t'=cmd\n'=cmd")]
