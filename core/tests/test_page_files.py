"""The links of pages to files: a workbook, then CSV with a byte order mark, without which Excel garbles letters."""

import html
import re
from pathlib import Path

import pytest

from core.files.csv_text import BYTE_ORDER_MARK
from products.filing.tests.importing import upload
from stock.models import Import
from testing.cast import make_product
from testing.workbook_cells import read_workbook
from users.models import User

CLONE = Path(__file__).resolve().parents[2]
MARK = BYTE_ORDER_MARK.encode()
LINK = re.compile(r'(?:href|formaction)="([^"]*[?&;]format=(csv|xlsx|txt)[^"]*)"')


def find_links(client, address):
    """Return the addresses of files on a page, and their formats in the order of the page."""
    found = LINK.findall(client.get(address, headers={"Accept": "text/html"}).content.decode())
    return [html.unescape(link) for link, _ in found], [file_format for _, file_format in found]


@pytest.mark.parametrize(
    "address",
    ["/api/products/?search=cr", "/api/reports/valuation/", "/api/reports/losses/?period=this_year",
     "/api/products/{pk}/statement/", "/api/reports/reorder/"],
)  # fmt: skip
def test_a_page_offers_a_workbook_and_then_csv_with_a_mark(as_alice, alice, address):
    creme = make_product(alice, "Crème", 2, cost_price="1.00")
    links, formats = find_links(as_alice, address.format(pk=creme.pk))
    assert formats[:2] == ["xlsx", "csv"]
    marked = as_alice.get(links[1]).getvalue()
    plain = as_alice.get(links[1].replace("_from_page", "_")).getvalue()
    assert marked == MARK + plain
    assert as_alice.get(links[0]).getvalue().startswith(b"PK")


def test_the_files_of_a_list_have_its_filters(as_alice, alice):
    make_product(alice, "Crème")
    make_product(alice, "Tea")
    [links, _] = find_links(as_alice, "/api/products/?search=tea&ordering=name&page=1")
    text = as_alice.get(links[1]).getvalue().decode()
    assert ("Tea" in text, "Crème" in text) == (True, False)


def test_no_page_makes_such_a_link_elsewhere():
    made = [
        file.relative_to(CLONE).as_posix()
        for pattern in ("*.py", "*.html", "*.js")
        for file in CLONE.glob(f"[a-z]*/**/{pattern}")
        if not {"tests", "testing", "benchmarks"}.intersection(file.parts)
        and re.search(r"format=(csv|xlsx)[\"'&{]", file.read_text())
    ]
    assert made == []


def test_the_import_and_the_comparison_offer_workbooks_first(as_alice):
    links, formats = find_links(as_alice, "/api/products/import/")
    assert formats == ["xlsx", "xlsx"]
    assert all("_from_page=1" in link for link in links)
    assert find_links(as_alice, "/api/stock/comparisons/")[1] == ["xlsx", "csv"]


@pytest.mark.parametrize("dialect", ["standard", "european"])
def test_rows_that_were_left_out_are_saved_as_the_shop_writes_files(as_alice, alice, dialect):
    User.objects.filter(pk=alice.pk).update(csv_format=dialect)
    upload(as_alice, 'name,price,sku\n"Crème; =1",x,\'=2\nPot,1,\n', "?wrong_rows=skip")
    row = Import.objects.refused().get()
    address = f"/api/products/import/refused/{row.pk}/"
    assert as_alice.get(f"{address}file/").getvalue().decode() == Import.objects.defer(None).get(pk=row.pk).skipped
    links, formats = find_links(as_alice, address)
    assert formats == ["xlsx", "csv"]
    [_, cells] = read_workbook(as_alice.get(links[0]).getvalue())
    assert cells[1:] == ["Crème; =1", "x", "=2"]
    text = as_alice.get(links[1]).getvalue().decode()
    assert text.startswith(f"{BYTE_ORDER_MARK}refused because{',;'[dialect == 'european']}name")
    assert text.count(BYTE_ORDER_MARK) == 1
