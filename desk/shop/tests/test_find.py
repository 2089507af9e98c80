"""The search of each page: what it opens, what it lists, and for whom."""

import html
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from desk.shop.find_page import list_finds
from stock.models import Lot
from testing.cast.orders import make_supplier, send_order
from testing.cast.people import make_location, make_product, make_user
from testing.cast.reservations import reserve
from testing.reading.browser import Browser
from testing.tables import all_cases
from trade.customers.models import Customer
from web.list_routes import list_routes

FIND = "/shop/find/"
NOT_SEARCHED = {"item", "item-levels", "tax", "view"}  # products under other names, and what a shop has few of


def find(user, text):
    return Browser(user).client.get(FIND, {"search": text})


def open_found(user, text):
    """Return the address to which the search leads."""
    response = find(user, text)
    assert response.status_code == 302, list_found(response)
    return response.headers["Location"]


def list_found(response):
    """Return the names and what is said beside them, by the titles of the groups."""
    assert response.status_code == 200
    groups = {}
    for section in response.text.split('<section class="section">')[1:]:
        rows = re.findall(r"<li><a [^>]+>(.*?)</a>(?: <span[^>]*>(.*?)</span>)?", section)
        title = re.search("<h2>(.*?)</h2>", section)[1]
        groups[html.unescape(title)] = [tuple(map(html.unescape, row)) for row in rows]
    return groups


@pytest.fixture
def shop(alice, as_alice, earl):
    """Fill Alice's shop with one row of each kind that has Berg in a text, and return them."""
    supplier = make_supplier(alice, "Bergmann")
    order = send_order(as_alice, supplier, earl, reference="B-77")
    customer = Customer.objects.create(owner=alice, name="Ada Berg", email="ada@berg.example", phone="+49 170 123456")
    reserve(as_alice, earl, 1, customer=customer.pk, reference="window")
    lot = Lot.objects.create(owner=alice, product=earl, code="BERG-24")
    make_location(alice, "Bergkeller")
    return {"order": order["id"], "lot": lot.pk}


def sell(client, product, reference=""):
    body = {
        "reason": "sale",
        "reference": reference,
        "lines": [{"product": product.pk, "movement_type": "OUT", "quantity": 1}],
    }
    response = client.post("/api/stock/operations/", body, format="json")
    assert response.status_code == 201, response.json()
    return response.json()["id"]


def test_a_code_opens_its_product(alice, shop, earl):
    for code in ("tea-earl", "4001234567890", f"Earl Grey ({earl.sku})"):
        assert open_found(alice, code) == f"/api/products/{earl.pk}/"


def test_what_only_products_have_is_shown_by_their_list(alice, shop):
    assert open_found(alice, "Grey & more") == "/api/products/?search=Grey+%26+more"
    assert open_found(alice, "") == "/api/products/?search="


def test_finds_a_part_of_a_name_in_everything(alice, shop):
    make_product(alice, "Berg tea", sku="B-1")
    found = list_found(find(alice, "berg"))
    assert {title: [name for name, _ in rows] for title, rows in found.items()} == {
        "Products": ["Berg tea"], "Customers' orders": ["Order 1"],
        "Purchase orders": [f"Purchase order {shop['order']}"],
        "Customers": ["Ada Berg"], "Suppliers": ["Bergmann"], "Lots": ["BERG-24"], "Places": ["Bergkeller"],
    }  # fmt: skip
    assert found["Customers"] == [("Ada Berg", "ada@berg.example")]
    assert found["Lots"] == [("BERG-24", "Earl Grey")]
    assert found["Customers' orders"][0][1].startswith("Ada Berg · ")


@all_cases("text", ["berg-24", "BERG-24"])
def test_a_whole_code_of_a_lot_opens_it(alice, shop, text):
    assert open_found(alice, text) == reverse("lot-detail", args=[shop["lot"]])


def test_a_number_opens_the_only_row_that_has_it(alice, as_alice, shop, earl):
    assert open_found(alice, f"#{shop['order']}") == f"/api/purchase-orders/{shop['order']}/"
    sell(as_alice, earl)
    found = list_found(find(alice, "1"))  # the first sale, and the first reservation
    assert [found[title][0][0] for title in ("Sales", "Customers' orders")] == ["Sale 1", "Order 1"]
    second = sell(as_alice, earl)
    assert {open_found(alice, text) for text in ("#2", "# 2", "#002")} == {f"/api/sales/{second}/"}


def test_the_receipt_of_a_till_opens_its_sale(alice, as_alice, earl):
    sale = sell(as_alice, earl, "till 7 #000413")
    for text in ("till 7 #413", "till-7-000413", "7 #413"):
        assert open_found(alice, text) == f"/api/sales/{sale}/"


def test_a_document_number_of_several_transactions_lists_them(alice, as_alice, earl):
    for _ in range(2):
        sell(as_alice, earl, "fair")
    found = list_found(find(alice, "fair"))
    assert [(title, name) for title, rows in found.items() for name, _ in rows] == [("Document numbers", "fair")] * 2


@pytest.mark.quick
def test_a_number_that_is_also_in_a_name_is_listed_with_it(alice, as_alice, earl):
    sell(as_alice, earl)
    make_product(alice, "Pot, 1 l")
    assert list(list_found(find(alice, "1"))) == ["Products", "Sales"]


def test_finds_a_telephone_number_in_another_form(alice, shop):
    assert list(list_found(find(alice, "0170/123456"))) == ["Customers"]


def test_lists_five_rows_and_leads_to_the_list(alice):
    for number in range(6):
        Customer.objects.create(owner=alice, name=f"Müller {number}")
    response = find(alice, "muller")
    assert len(list_found(response)["Customers"]) == 5
    assert '<a href="/api/customers/?search=muller">' in response.text


@pytest.mark.quick
def test_nothing_of_another_shop_is_found(charlie, as_alice, shop, earl):
    sell(as_alice, earl, "fair")
    for text in ("berg", "berg-24", f"#{shop['order']}", "B-77", "fair"):
        assert open_found(charlie, text).startswith("/api/products/?search=")


def test_who_may_not_read_products_has_no_search(alice, shop):
    counter = make_user("carol", role="counter", employer=alice)
    assert find(counter, "berg").status_code == 403


def test_searches_each_list_that_has_a_search():
    lists = {route.name.removesuffix("-list") for route in list_routes().values() if "search" in route.view.filters}
    assert lists - list_finds().keys() == {"product", *NOT_SEARCHED}


def test_signs_in_first(client, db):
    assert client.get(FIND, {"search": "berg"}).headers["Location"].startswith("/api-auth/login/")


def test_reads_everything_by_one_statement(alice, shop):
    browser = Browser(alice)
    browser.client.get(FIND, {"search": "berg"})
    with CaptureQueriesContext(connection) as captured:
        browser.client.get(FIND, {"search": "berg"})
    asked = [one["sql"] for one in captured if "found_kind" in one["sql"]]
    assert (len(asked), len(captured)) == (1, 7)
    assert asked[0].count("owner_id") >= 10


SIGNS = ["%", "_", "\\", "'", '"', "(", "#", "#0", "9" * 30, "berg%", "b_rg", "<b>", "?" * 400]


@all_cases("text", SIGNS)
def test_signs_are_letters(alice, shop, text):
    assert open_found(alice, text).startswith("/api/products/?search=")


def test_a_text_that_is_too_long_is_refused(alice, shop):
    response = find(alice, "x" * 10_000)
    assert (response.status_code, '<p class="refusal">' in response.text) == (400, True)


def test_a_text_with_a_nul_is_refused(alice, shop):
    assert find(alice, "berg\0").status_code == 400
