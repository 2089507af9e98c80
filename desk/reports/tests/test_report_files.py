"""Reports and statements as European CSV and as workbooks."""

import csv
import io
from datetime import UTC, datetime

import pytest

from core.http.downloads import CONTENT_TYPE
from desk.reports.reading import statements
from desk.reports.tests.reporting import NAMES, REPORTS, ago, book
from products.models import Category, Product
from stock.making.tests.recipes import make
from suppliers.models import Supplier
from testing.cast.people import make_product
from testing.reading.workbook_cells import read_workbook, to_datetime
from testing.tables import all_cases
from trade.customers.models import Customer
from users.models import User


@pytest.fixture
def shop(as_alice, alice):
    """Create a shop with a row in every report."""
    tea = Category.objects.create(owner=alice, name="=Tea")
    mill = Supplier.objects.create(owner=alice, name="=Mill")
    kettle = make_product(
        alice, "-Kettle", price="1234.50", cost_price="1.05", category=tea, sku="007", supplier=mill, min_threshold=9
    )
    book(as_alice, kettle, "IN", 11, ago(20))
    book(as_alice, kettle, "OUT", 3, ago(5))
    used = [{"product": kettle.pk, "quantity": 1}]
    make(as_alice, make_product(alice, "=Set"), 1, used=used, occurred_at=ago(5).isoformat())
    User.objects.filter(pk=alice.pk).update(owed_from=ago(30).date())
    owing = {"customer": Customer.objects.create(owner=alice, name="=Ada").pk}
    cup = {"product": make_product(alice, "=Cup", 2, price="9.00").pk, "movement_type": "OUT", "quantity": 1}
    assert as_alice.post("/api/stock/operations/", {"reason": "sale", "lines": [cup], **owing}).status_code == 201
    Product.objects.filter(pk=kettle.pk).update(created_at=ago(20))
    place = as_alice.post("/api/locations/", {"name": "=Shelf"}).json()["id"]
    level = {"product": kettle.pk, "low_at": "1", "fill_to": "5"}
    as_alice.put(f"/api/locations/{place}/levels/", {"lines": [level]}, format="json")
    return kettle


def list_addresses(product):
    return [*(f"{REPORTS}{name}/" for name in NAMES), f"/api/products/{product.pk}/statement/"]


def choose_days(address):
    """Return the parameters with which the report has a row."""
    return {"days": 1} if "idle" in address or "not-counted" in address else {}


def read_cells(client, address, delimiter, **query):
    text = client.get(address, {"format": "csv", **choose_days(address), **query})
    assert text.status_code == 200, text.content
    return list(csv.reader(io.StringIO(text.getvalue().decode("utf-8-sig"), newline=""), delimiter=delimiter))


def test_every_file_has_the_dialect_of_the_shop(as_alice, alice, shop):
    for address in list_addresses(shop):
        standard = read_cells(as_alice, address, ",")
        assert read_cells(as_alice, address, ";", csv="european") == [
            [cell.replace(".", ",") if cell.replace(".", "").isdigit() else cell for cell in row] for row in standard
        ]
    User.objects.filter(pk=alice.pk).update(csv_format="european")
    content = as_alice.get(f"{REPORTS}valuation/", {"format": "csv"}).getvalue().decode()
    assert content.startswith("\ufeffcategory;category_name;")
    assert "'=Tea;1;7;8641,50;7,35;0;7\r\n" in content


def test_every_workbook_has_the_cells_of_the_csv_file(as_alice, shop):
    for address in list_addresses(shop):
        query = choose_days(address)
        answer = as_alice.get(address, {"format": "xlsx", **query})
        assert (answer.status_code, answer.headers["Content-Type"]) == (200, CONTENT_TYPE)
        assert answer.headers["Content-Disposition"].endswith('.xlsx"')
        lines, rows = read_cells(as_alice, address, ","), read_workbook(answer.getvalue())
        assert rows[0] == lines[0]
        assert len(rows) == len(lines) > 1
        for line, row in zip(lines[1:], rows[1:], strict=True):
            assert_same_cells(line, [*row, *[None] * (len(line) - len(row))])


def assert_same_cells(line, row):
    """Compare the texts of a CSV line with the values of a workbook's row."""
    for text, value in zip(line, row, strict=True):
        if isinstance(value, str) or value is None:
            assert (value or "") == text.removeprefix("'")
        elif isinstance(value, bool):
            assert text == str(value).lower()
        elif text[4:5] == "-":
            moment = to_datetime(value)
            expected = datetime.fromisoformat(text)
            expected = expected if expected.tzinfo else expected.replace(tzinfo=UTC)
            assert abs((moment - expected).total_seconds()) < 1
        else:
            assert value == float(text)


def test_a_longer_report_is_refused_as_a_workbook_too(as_alice, shop, monkeypatch):
    monkeypatch.setattr(statements, "MAX_ROWS", 0)
    answer = as_alice.get(f"{REPORTS}movements/", {"format": "xlsx"})
    assert (answer.status_code, answer.json()["code"]) == (400, "report_too_long")


@all_cases("query", [{"format": "ods"}, {"format": "csv", "csv": "excel"}])
def test_refuses_unknown_forms(as_alice, shop, query):
    for address in list_addresses(shop):
        assert as_alice.get(address, query).status_code == 400
