"""The export and the template as European CSV and as a workbook."""

import csv
import io
from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from core.files.writers import CONTENT_TYPE, EUROPEAN, STANDARD
from core.http import downloads
from products.filing.columns import TEMPLATE_COLUMN_NAMES
from products.filing.tests.exporting import EXPORT_COLUMN_NAMES, HEADER, last_change, write_line
from products.models import Category, Product
from testing.cast.people import make_product
from testing.reading.workbook_cells import read_workbook, to_datetime
from users.models import CSVFormat, User

EXPORT, TEMPLATE = "/api/products/export/", "/api/products/import/template/"
FORMULA = "=cmd|'/c calc'!A0"


def read_content(client, address=EXPORT, **query):
    answer = client.get(address, query)
    assert answer.status_code == 200, answer.content
    return answer.getvalue()


def choose_dialect(owner, dialect):
    User.objects.filter(pk=owner.pk).update(csv_format=dialect)


@pytest.fixture
def tea(alice):
    return make_product(
        alice, "Tea; black", 1200, sku="007", description='-1,5 "strong"\n=1', price="1234.50", cost_price="0.05",
        expiration_date=date(2031, 2, 3), category=Category.objects.create(owner=alice, name="+Tea"),
    )  # fmt: skip


EUROPEAN_LINES = "\ufeff" + HEADER.replace(",", ";") + write_line(
    ";", id="{pk}", name='"Tea; black"', sku="007", description='"\'-1,5 ""strong""\n\'=1"', decimals=0,
    price="1234,50", cost_price="0,05", quantity=1200, stock_sequence=1, min_threshold=5, expiration_date="2031-02-03",
    category="'+Tea", pack_size=1, keeps_stock="true", change_sequence="{change}",
)  # fmt: skip


def test_the_words_are_those_of_the_account():
    assert set(CSVFormat.values) == {STANDARD, EUROPEAN}


def test_the_file_of_a_european_shop_is_in_its_dialect(as_alice, as_bob, alice, tea):
    choose_dialect(alice, EUROPEAN)
    assert read_content(as_alice).decode() == EUROPEAN_LINES.format(pk=tea.pk, change=last_change(tea))
    without_cost = EUROPEAN_LINES.replace("cost_price;", "").replace("0,05;", "")
    assert read_content(as_bob).decode() == without_cost.format(pk=tea.pk, change=last_change(tea))


def test_the_parameter_overrides_the_shop_s_dialect_for_one_file(as_alice, alice, tea):
    standard, european = read_content(as_alice), read_content(as_alice, csv=EUROPEAN)
    assert european.decode() == EUROPEAN_LINES.format(pk=tea.pk, change=last_change(tea))
    assert read_content(as_alice, csv=STANDARD) == standard != european
    choose_dialect(alice, EUROPEAN)
    assert read_content(as_alice, csv=STANDARD) == standard
    assert read_content(as_alice) == european


def test_both_dialects_have_the_same_cells(as_alice, tea):
    [standard, european] = (
        list(csv.reader(io.StringIO(read_content(as_alice, csv=name).decode("utf-8-sig"), newline=""), delimiter=sign))
        for name, sign in [(STANDARD, ","), (EUROPEAN, ";")]
    )
    amounts = {EXPORT_COLUMN_NAMES.index("price"), EXPORT_COLUMN_NAMES.index("cost_price")}
    assert [
        [cell.replace(",", ".") if column in amounts else cell for column, cell in enumerate(row)] for row in european
    ] == standard


def test_the_template_has_the_dialect_of_the_shop(as_alice, alice):
    assert read_content(as_alice, TEMPLATE).decode() == ",".join(TEMPLATE_COLUMN_NAMES) + "\r\n"
    choose_dialect(alice, EUROPEAN)
    assert read_content(as_alice, TEMPLATE).decode() == "\ufeff" + ";".join(TEMPLATE_COLUMN_NAMES) + "\r\n"
    assert read_workbook(read_content(as_alice, TEMPLATE, format="xlsx")) == [[*TEMPLATE_COLUMN_NAMES]]


@pytest.mark.quick
def test_a_workbook_has_texts_numbers_and_dates(as_alice, tea):
    header, row = read_workbook(read_content(as_alice, format="xlsx"))
    assert header == [*EXPORT_COLUMN_NAMES]
    cells = dict(zip(header, [*row, *[None] * (len(header) - len(row))], strict=True))
    assert to_datetime(cells.pop("expiration_date")).date() == date(2031, 2, 3)
    assert {name: cell for name, cell in cells.items() if cell is not None} == {
        "id": tea.pk, "name": "Tea; black", "sku": "007", "description": '-1,5 "strong"\n=1', "decimals": 0,
        "price": 1234.5, "cost_price": 0.05, "quantity": 1200, "stock_sequence": 1, "min_threshold": 5,
        "category": "+Tea", "pack_size": 1, "keeps_stock": True, "change_sequence": last_change(tea),
    }  # fmt: skip


def test_texts_of_a_workbook_are_neither_formulas_nor_links(as_alice, alice):
    texts = [FORMULA, "http://example.org", "1.50", "{=1}", "@x"]
    for text in texts:
        make_product(alice, text)
    assert [row[1] for row in read_workbook(read_content(as_alice, format="xlsx"))[1:]] == texts


def test_a_workbook_is_a_streamed_attachment(as_alice, tea):
    answer = as_alice.get(EXPORT, {"format": "xlsx"}, headers={"Accept-Encoding": "gzip"})
    assert answer.streaming
    assert answer.headers["Content-Type"] == CONTENT_TYPE
    assert answer.headers["Content-Disposition"] == 'attachment; filename="products.xlsx"'
    assert "Content-Encoding" not in answer.headers
    content = answer.getvalue()
    assert int(answer.headers["Content-Length"]) == len(content)
    assert content.startswith(b"PK\x03\x04")


def test_a_workbook_has_the_filters_of_the_list(as_alice, alice, tea):
    make_product(alice, "Cup")
    assert [row[1] for row in read_workbook(read_content(as_alice, format="xlsx", search="cup"))] == ["name", "Cup"]


def test_a_workbook_has_a_limit(as_alice, alice, monkeypatch):
    monkeypatch.setattr(downloads, "MAX_ROWS", 2)
    Product.objects.bulk_create(Product(owner=alice, name=f"Product {number}", price=1) for number in range(3))
    answer = as_alice.get(EXPORT, {"format": "xlsx"})
    assert (answer.status_code, answer.json()["code"], answer.json()["limit"]) == (400, "workbook_too_long", 2)
    Product.objects.filter(owner=alice).first().delete()
    assert len(read_workbook(read_content(as_alice, format="xlsx"))) == 3


@pytest.mark.parametrize("address", [EXPORT, TEMPLATE])
@pytest.mark.parametrize(("name", "value"), [("format", "json"), ("format", "ods"), ("csv", "excel")])
def test_an_unknown_form_is_a_400_that_lists_the_known_ones(as_alice, address, name, value):
    answer = as_alice.get(address, {name: value})
    assert (answer.status_code, list(answer.json())) == (400, [name])
    assert answer.json()[name][0].startswith(f'"{value}" is not one of ')


def test_the_parameter_csv_is_validated_for_a_workbook_too(as_alice):
    assert as_alice.get(EXPORT, {"format": "xlsx", "csv": "nope"}).status_code == 400


def test_a_worker_without_a_shop_gets_an_empty_standard_file(as_dora):
    shown = [name for name in EXPORT_COLUMN_NAMES if name != "cost_price"]
    assert read_content(as_dora).decode() == ",".join(shown) + "\r\n"


@pytest.mark.parametrize("query", [{"csv": EUROPEAN}, {"csv": STANDARD}, {"format": "xlsx"}])
def test_an_exported_file_is_imported_again_unchanged(as_alice, alice, tea, query):
    make_product(alice, "=1+1", 3, sku="0012", barcode="4006381333931", price="0.05", description="=1;\n-2,5")
    make_product(alice, "Cup", price="1000000.00", unit="1,5 l", min_threshold=1234)
    before = list(Product.objects.order_by("id").values())
    file = SimpleUploadedFile(f"products.{query.get('format', 'csv')}", read_content(as_alice, **query))
    answer = as_alice.post("/api/products/import/", {"file": file}, format="multipart")
    assert answer.status_code == 200, answer.content
    counts = {name: answer.json()[name] for name in ("created", "updated", "unchanged", "operation")}
    assert counts == {"created": 0, "updated": 0, "unchanged": 3, "operation": None}
    assert list(Product.objects.order_by("id").values()) == before
