"""The kits of sales: on receipts, on the pages of sales and operations, and as a filter of the list."""

import re
from urllib.parse import urlsplit

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.ownership import save_fields
from stock.models import Operation
from testing.cast.people import make_product
from testing.reading.browser import Browser
from trade.kits.tests.kits import make_kit, sell
from trade.sales.receipt_pages import LINK
from trade.sales.tests.test_receipts import read


@pytest.fixture
def tea(alice):
    save_fields(alice, {"currency": "EUR"})
    return make_product(alice, "Tea", 20, price="6.00")


@pytest.fixture
def basket(alice, tea):
    cup = make_product(alice, "Cup", 20, price="3.00")
    kit = make_kit(alice, "Basket", {tea.pk: 1, cup.pk: 2}, sku="BASKET", price="10.00")["id"]
    alice.refresh_from_db()
    return kit


@pytest.fixture
def sale(as_alice, basket, tea):
    lines = [{"product": tea.pk, "quantity": 1}, {"kit": basket, "quantity": 3}]
    return sell(as_alice, *lines, discount={"percent": "10"}).json()["id"]


def test_a_receipt_has_the_kit_in_place_of_its_parts(as_alice, sale, basket):
    as_alice.post(f"/api/stock/operations/{sale}/return/", {"lines": [{"kit": basket, "quantity": 1}]})
    text = read(as_alice, sale)
    assert "Tea 1 × 6.00" in text
    assert "Basket 3 × 10.00 · 1 returned 30.00 Sum 36.00 EUR Discount −3.60 EUR Total 32.40 EUR" in text
    assert "Cup" not in text


def test_a_receipt_by_mail_has_the_kit(client, sale):
    page = client.get(urlsplit(LINK.build(Operation.objects.get(pk=sale))).path).text
    assert "Basket" in page
    assert "Cup" not in page


def test_kits_with_parts_that_keep_no_stock_are_on_the_receipt(as_alice, alice, basket, tea):
    wrap = make_product(alice, "Wrapping", price="1.00", keeps_stock=False)
    kit = make_kit(alice, "Present", {wrap.pk: 1, tea.pk: 1}, price="5.00")["id"]
    sold = sell(as_alice, {"kit": kit, "quantity": 1}, {"product": tea.pk, "quantity": 1}).json()["id"]
    assert "Present 1 × 5.00 5.00 Tea 1 × 6.00 6.00 Total 11.00 EUR" in read(as_alice, sold)


@pytest.mark.quick
def test_the_pages_of_a_sale_and_its_operation_name_the_kit(alice, sale, basket):
    for address in (f"/api/sales/{sale}/", f"/api/stock/operations/{sale}/"):
        page = Browser(alice).get_page(address)
        cells = re.findall(r'data-title="Kit">(?:<a href="([^"]*)">)?(?:<span>)?([^<]*)<', page)
        assert cells == [("", "–"), *[(f"/api/kits/{basket}/", "Basket")] * 2]


def test_sales_are_found_by_their_kits(as_alice, alice, sale, basket, tea):
    sell(as_alice, {"product": tea.pk, "quantity": 1})
    assert [row["operation"] for row in as_alice.get(f"/api/sales/?kit={basket}").json()["results"]] == [sale]
    page = Browser(alice).get_page("/api/sales/?kit=basket&period=this_month")
    assert page.count('data-title="Number"') == 1


def test_the_list_of_sales_and_its_file_name_the_kit(as_alice, alice, sale, basket, tea):
    def count(address):
        with CaptureQueriesContext(connection) as queries:
            page = Browser(alice).get_page(address)
        return page, sum("kits_" in query["sql"] for query in queries)

    page, executed = count("/api/sales/")
    assert re.findall(r'data-title="Products">(?:<span>)?([^<]*)<', page) == ["Tea, Basket"]
    assert '"products"' not in as_alice.get("/api/sales/").text  # only the page has it
    assert "Tea, Basket" in b"".join(as_alice.get("/api/sales/?format=csv").streaming_content).decode()
    sell(as_alice, {"kit": basket, "quantity": 1}, {"kit": basket, "quantity": 2})
    page, more = count("/api/sales/")
    assert (page.count(">Basket<"), more) == (1, executed)


def test_a_shop_without_kits_reads_none(as_alice, tea):
    sold = sell(as_alice, {"product": tea.pk, "quantity": 1}).json()["id"]
    with CaptureQueriesContext(connection) as queries:
        as_alice.get(f"/api/sales/{sold}/receipt/")
        as_alice.get(f"/api/sales/{sold}/")
    assert not [query for query in queries if "kits_soldkit" in query["sql"]]
