"""Filters of the pages, in which people name or choose rows while programs send ids; and the search for scanners."""

import html
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from products.models import Category, Product
from suppliers.models import Supplier
from testing.cast.people import make_product
from testing.reading.browser import Browser
from testing.tables import all_cases

ANYTHING = {"Accept": "*/*"}


@pytest.fixture
def acme(alice):
    return Supplier.objects.create(owner=alice, name="Acme & Sons")


@pytest.fixture
def earl(alice, acme):
    return make_product(alice, "Earl Grey", 9, sku="TEA-EARL", barcode="4001234567890", supplier=acme)


@pytest.fixture
def assam(alice):
    return make_product(alice, "Assam", 9, sku="TEA-ASSAM")


def read_filters(page):
    return page.partition('id="filters"')[2].partition("</form>")[0]


def make_many_suppliers(owner):
    Supplier.objects.bulk_create([Supplier(owner=owner, name=f"Number {number}") for number in range(150)])


# --- By name ---------------------------------------------------------------------------------------------------------


@all_cases("address", ["/api/stock/?product={}", "/api/item-changes/?item={}"])
@all_cases("text", ["earl", "TEA-EARL", "4001234567890"])
def test_a_log_is_filtered_by_a_part_of_a_product(browser, earl, assam, address, text):
    page = browser.get_page(address.format(text))
    rows = page.partition("<tbody>")[2].partition("</tbody>")[0]
    assert "Earl Grey" in rows
    assert "Assam" not in rows
    assert 'value="Earl Grey (TEA-EARL)"' in read_filters(page)


def test_the_addresses_for_programs_have_the_id(browser, earl, assam):
    page = browser.get_page("/api/stock/?product=earl")
    assert f"/api/stock/?product={earl.pk}" in page
    [json_address] = re.findall(r'href="([^"]+)" rel="nofollow">JSON</a>', page)
    assert f"product={earl.pk}" in json_address


def test_an_id_stays_an_id_even_if_it_is_a_code_of_another_product(browser, earl, alice):
    make_product(alice, "Other", 1, sku=str(earl.pk))
    rows = browser.get_page(f"/api/stock/?product={earl.pk}").partition("<tbody>")[2].partition("</tbody>")[0]
    assert "Earl Grey" in rows
    assert "Other" not in rows


def test_an_ambiguous_product_is_an_error_beside_the_filter(browser, earl, assam):
    response = browser.client.get("/api/stock/?product=tea")
    assert response.status_code == 400
    error = re.search(r'<p class="error">([^<]*)</p>', read_filters(response.text))[1]
    assert html.unescape(error) == (
        '"tea" could be more than one product. Write one of these: Assam (TEA-ASSAM); Earl Grey (TEA-EARL).'
    )


@all_cases("address", ["/api/stock/?product=earl", "/api/products/?supplier=acme"])
def test_programs_send_ids_alone(as_alice, browser, earl, address):
    name = address.partition("?")[2].partition("=")[0]
    assert as_alice.get(address).json() == {name: ["Enter a whole number."]}
    assert browser.client.get(f"{address}&format=json", headers=ANYTHING).json() == {name: ["Enter a whole number."]}
    assert browser.client.get(address).status_code == 200


def test_an_unknown_id_lists_nothing(browser, earl):
    assert "Nothing matches." in browser.get_page("/api/stock/?product=999999999")


# --- From a list -----------------------------------------------------------------------------------------------------


def test_few_suppliers_are_a_list_to_choose_from(browser, earl, acme, charlie):
    Supplier.objects.create(owner=charlie, name="Elsewhere")
    filters = read_filters(browser.get_page(f"/api/products/?supplier={acme.pk}"))
    assert f'<option value="{acme.pk}" selected>Acme &amp; Sons</option>' in filters
    assert "Elsewhere" not in filters


def test_many_suppliers_are_looked_up_by_name(browser, earl, assam, acme, alice):
    make_many_suppliers(alice)
    page = browser.get_page("/api/products/?supplier=acme")
    assert 'value="Acme &amp; Sons"' in read_filters(page)
    assert 'data-look-up="/api/suppliers/"' in read_filters(page)
    assert "Assam" not in page.partition("<tbody>")[2]


@all_cases(
    ("address", "name"),
    [("/api/stock/", "performed_by"), ("/api/stock/operations/", "performed_by"), ("/api/item-changes/", "user"),
     ("/api/users/events/", "user")],
)  # fmt: skip
def test_users_are_a_list_to_choose_from(browser, earl, bob, address, name):
    select = read_filters(browser.get_page(address)).partition(f'<select name="{name}"')[2].partition("</select>")[0]
    assert re.findall(r">([a-z]+)</option>", select) == ["alice", "bob"]
    assert browser.client.get(f"{address}?{name}=bob").status_code == 200


def test_a_worker_sees_the_name_of_a_colleague_whom_it_filters_by(bob, alice, earl):
    page = Browser(bob).get_page(f"/api/stock/?performed_by={alice.pk}")
    assert f'<option value="{alice.pk}" selected>alice</option>' in read_filters(page)
    assert "Earl Grey" in page.partition("<tbody>")[2]


@all_cases("address", ["/api/products/", "/api/reports/movements/", "/api/reports/idle/"])
def test_categories_are_a_list_to_choose_from_and_may_be_named(browser, alice, earl, address):
    tea = Category.objects.create(owner=alice, name="Tea")
    for value in (tea.pk, "tea"):
        response = browser.client.get(f"{address}?category={value}")
        assert response.status_code == 200
        assert ("selected>Tea</option>" in response.text) is (value == tea.pk)


def test_the_filters_of_a_page_need_few_statements(browser, earl, alice):
    counts = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as captured:
            browser.get_page("/api/products/?low_stock=false")
        counts.append(len(captured))
        for number in range(20):
            make_product(alice, f"Cup {number}", sku=f"C-{number}-{len(counts)}")
    assert counts[0] == counts[1]


# --- Product forms ---------------------------------------------------------------------------------------------------


def test_a_product_gets_its_supplier_by_a_part_of_the_name_among_many(browser, acme, alice):
    make_many_suppliers(alice)
    assert browser.send_task("/shop/products/add/", name="Cup", price="1", supplier="acme").status_code == 303
    cup = Product.objects.get(name="Cup")
    assert cup.supplier == acme
    assert browser.form_values(f"/api/products/{cup.pk}/", "put")["supplier"] == "Acme & Sons"
    refused = browser.send_task("/shop/products/add/", name="Pot", price="1", supplier="number")
    assert "could be more than one supplier. Write one of these: Number 0; Number 1" in html.unescape(refused.text)


def test_a_program_names_no_supplier(as_alice, acme):
    response = as_alice.post("/api/products/", {"name": "Cup", "price": "1", "supplier": "Acme & Sons"})
    assert response.json() == {"supplier": ["Enter the id of one of your suppliers: a whole number."]}
    form = as_alice.post("/api/products/", {"name": "Cup", "price": "1", "supplier": "Acme"}, format="multipart")
    assert form.status_code == 400


def test_the_categories_are_suggested_and_the_present_one_is_written_by_name(browser, alice):
    tea, digits = (Category.objects.create(owner=alice, name=name) for name in ("Tea", "2024"))
    cup = make_product(alice, "Cup", category=digits)
    assert browser.form_values(f"/api/products/{cup.pk}/", "put")["category"] == "2024"
    assert browser.put(f"/api/products/{cup.pk}/", category="tea").status_code == 303
    cup.refresh_from_db()
    assert cup.category == tea
    assert '<option value="Tea"></option>' in browser.get_page(f"/shop/form/products/{cup.pk}/")
    assert browser.form_values(f"/api/products/{cup.pk}/", "put")["category"] == "Tea"


# --- The search that a scanner fills ---------------------------------------------------------------------------------


@all_cases("code", ["4001234567890", "tea-earl"])
def test_a_scanned_code_leads_to_the_page_of_the_product(browser, earl, assam, code):
    response = browser.client.get(f"/api/products/?search={code}")
    assert (response.status_code, response.headers["Location"]) == (302, f"/api/products/{earl.pk}/")
    item = browser.client.get(f"/api/items/?search={code}")
    assert item.headers["Location"] == f"/api/items/{earl.pk}/"


@all_cases("query", ["search=earl", "search=TEA-EARL&low_stock=false", "search=TEA-EARL&_view=json"])
def test_other_searches_list_what_they_find(browser, earl, query):
    response = browser.client.get(f"/api/products/?{query}")
    assert response.status_code == 200
    assert "Earl Grey" in response.text


def test_a_program_always_gets_the_list(as_alice, browser, earl):
    assert as_alice.get("/api/products/?search=TEA-EARL").json()["count"] == 1
    address = "/api/products/?search=TEA-EARL&format=json"
    assert browser.client.get(address, headers=ANYTHING).json()["count"] == 1


def test_a_code_of_another_shop_or_of_an_archived_product_is_not_found(browser, earl, charlie):
    make_product(charlie, "Foreign", sku="F-1")
    Product.objects.filter(pk=earl.pk).update(archived_at="2026-01-01T00:00:00Z")
    for code in ("F-1", "TEA-EARL"):
        assert "Nothing matches." in browser.get_page(f"/api/products/?search={code}")


def test_every_page_has_the_search_for_users_with_a_shop(browser, bob, db):
    scan = '<input id="scan" type="search" name="search"'
    assert scan in browser.get_page("/api/suppliers/")
    assert scan in Browser(bob).get_page("/api/suppliers/")
    assert scan not in Browser().get_page("/api/suppliers/")
