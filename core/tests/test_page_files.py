"""The links of pages to files: a workbook, then CSV with a byte order mark, without which Excel garbles letters."""

import csv
import html
import io
import re
import zipfile
from pathlib import Path

import pytest

from core.files.writers import BYTE_ORDER_MARK
from core.http import downloads
from desk.reports.tests.reporting import ago, book
from products.filing.tests.importing import upload
from stock.models import Import
from testing.cast.people import make_product
from testing.reading.workbook_cells import read_workbook
from testing.tables import all_cases
from users.models import User

CLONE = Path(__file__).resolve().parents[2]
MARK = BYTE_ORDER_MARK.encode()
LINK = re.compile(r'(?:href|formaction)="([^"]*[?&;]format=(csv|xlsx|txt)[^"]*)"')


def find_links(client, address):
    """Return the addresses of files on a page, and their formats in the order of the page."""
    found = LINK.findall(client.get(address, headers={"Accept": "text/html"}).content.decode())
    return [html.unescape(link) for link, _ in found], [file_format for _, file_format in found]


@all_cases(
    "address",
    ["/api/products/?search=cr", "/api/reports/valuation/", "/api/reports/losses/?period=this_year",
     "/api/products/{pk}/statement/", "/api/reports/reorder/", "/api/sales/?period=this_year"],
)  # fmt: skip
def test_a_page_offers_a_workbook_and_then_csv_with_a_mark(as_alice, alice, address):
    creme = make_product(alice, "Crème", 2, cost_price="1.00")
    links, formats = find_links(as_alice, address.format(pk=creme.pk))
    assert formats[:2] == ["xlsx", "csv"]
    marked = as_alice.get(links[1]).getvalue()
    assert marked.startswith(MARK)
    plain = as_alice.get(links[1].replace("_from_page", "_")).getvalue()
    assert re.fullmatch("[a-z_]+(,[a-z_]+)+", plain.decode().splitlines()[0])
    assert as_alice.get(links[0]).getvalue().startswith(b"PK")


def read_both(client, address):
    """Return the rows of a CSV file for people, and of the same file for programs."""
    return [
        list(csv.reader(io.StringIO(client.get(address + end).getvalue().decode("utf-8-sig"), newline="")))
        for end in ("&_from_page=1", "")
    ]


@pytest.mark.parametrize(
    ("language", "headings"),
    [("en", "Category,Products"), ("de", "Kategorie,Produkte"), ("fr", "Catégorie,Produits"),
     ("es", "Categoría,Productos")],
)  # fmt: skip
def test_a_file_for_people_has_the_words_of_the_shop_s_language(as_alice, alice, language, headings):
    User.objects.filter(pk=alice.pk).update(shop_language=language, language="fr")
    make_product(alice, "Crème", 2, cost_price="1.00")
    shown, plain = read_both(as_alice, "/api/reports/valuation/?format=csv")
    at = shown.index(next(row for row in shown if headings.split(",")[0] in row))
    assert ",".join(shown[at]).startswith(headings)
    assert plain[0][:3] == ["category", "category_name", "products"]
    assert shown[at + 1] == plain[1][1:]
    word = {"en": "Total", "de": "Summe", "fr": "Total", "es": "Total"}[language]
    assert shown[at + 2 :] == [[word, "1", "", "20.00", "2.00", "0", ""]]
    assert len(plain) == 2


@pytest.mark.quick
def test_a_file_for_people_has_the_shop_the_period_and_a_total(as_alice, alice):
    User.objects.filter(pk=alice.pk).update(shop_language="de", shop_name="=Corner")
    tea = make_product(alice, "Tea", cost_price="4.00")
    book(as_alice, tea, "IN", 10, ago(20), reason="purchase")
    for reason, quantity in [("damage", 2), ("theft", 1)]:
        book(as_alice, tea, "OUT", quantity, ago(3), reason=reason)
    shown, _plain = read_both(as_alice, "/api/reports/losses/?format=csv&by=reason")
    assert shown[0][0] == "'=Corner"
    assert [(row[0], row[-2]) for row in shown[-3:]] == [("damage", "8.00"), ("theft", "4.00"), ("Summe", "12.00")]
    assert len({*map(len, shown)}) == 1
    shown, _plain = read_both(as_alice, "/api/reports/movements/?format=csv&from=2026-01-01&to=2026-02-01")
    assert [row[0] for row in shown[:2]] == ["'=Corner", "Bewegungen nach Zeitraum"]
    assert ("01.01.2026" in shown[2][0], "31.01.2026" in shown[2][0]) == (True, True)
    file = as_alice.get("/api/reports/valuation/?format=xlsx&_from_page=1").getvalue()
    assert b'<pane ySplit="3"' in zipfile.ZipFile(io.BytesIO(file)).read("xl/worksheets/sheet1.xml")


def test_the_total_and_the_titles_count_as_no_rows_of_a_workbook(as_alice, alice, monkeypatch):
    monkeypatch.setattr(downloads, "MAX_ROWS", 2)
    address = "/api/reports/losses/?format=xlsx&by=reason&_from_page=1"
    tea = make_product(alice, "Tea", cost_price="4.00")
    book(as_alice, tea, "IN", 10, ago(20), reason="purchase")
    for reason in ("damage", "theft", "expiry"):
        assert as_alice.get(address).getvalue().startswith(b"PK")
        book(as_alice, tea, "OUT", 1, ago(3), reason=reason)
    assert as_alice.get(address).json()["code"] == "workbook_too_long"


def test_a_workbook_has_widths_and_a_header_that_stays(as_alice, alice):
    make_product(alice, "A" * 30)
    book = zipfile.ZipFile(io.BytesIO(as_alice.get("/api/products/export/?format=xlsx&_from_page=1").getvalue()))
    sheet = book.read("xl/worksheets/sheet1.xml").decode()
    assert re.search(r'<pane ySplit="1" topLeftCell="A2" [^>]*state="frozen"', sheet)
    [_id, name] = [float(width) for width in re.findall(r'<col [^>]*width="([\d.]+)"', sheet)[:2]]
    assert (8 <= _id < 24, 32 <= name < 34) == (True, True)


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


@pytest.mark.quick
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
