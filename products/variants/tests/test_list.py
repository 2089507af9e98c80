"""The rows of groups in the list of products, which pages have and programs have not."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from products.models import Category, CustomField, Group, Product
from products.reading.details import LiveProducts
from products.serializers import ProductSerializer
from testing.cast.people import make_product
from testing.reading.browser import Browser
from testing.tables import all_cases

PRODUCTS = "/api/products/"
EACH = f"{PRODUCTS}?_variants=each"


@pytest.fixture
def shirts(alice):
    return make_group(alice, "Shirt", ("S", 9, "10.00"), ("M", 3, "12.50"), ("L", 20, "11.00"))


@pytest.fixture
def cup(alice, shirts):
    return make_product(alice, "Cup", 8)


def make_group(owner, name, *variants, **common):
    """Return a group with a product for each size, which has this quantity and this price."""
    group = Group.objects.create(owner=owner, name=name, axes=["size"])
    for size, quantity, price in variants:
        made = {"price": price, "group": group, "options": {"size": size}, **common}
        make_product(owner, f"{name} {size}", quantity, **made)
    return group


def read_rows(page):
    """Return the rows of the list: the text of each cell by the title of its column."""
    rows = re.findall(r"<tr>(.*?)</tr>", page.partition("<tbody>")[2].partition("</tbody>")[0], re.DOTALL)
    cells = [re.findall(r'data-title="([^"]*)">(.*?)</td>', row, re.DOTALL) for row in rows]
    return [{title: re.sub(r"(<[^>]*>|\s)+", " ", cell).strip() for title, cell in row} for row in cells]


def read_names(page):
    return [row["Product"] for row in read_rows(page)]


def test_a_group_is_one_row_with_sums(browser, cup):
    first, second = read_rows(browser.get_page(PRODUCTS))
    shown = {name: first[name] for name in ("Product", "In stock", "Price", "SKU")}
    assert shown == {
        "Product": "Shirt", "In stock": "32 low", "Price": "10.00–12.50", "SKU": "3 variants",
    }  # fmt: skip
    assert second["Product"] == "Cup"


def test_the_row_opens_the_table_and_the_list_of_the_variants(browser, shirts):
    page = browser.get_page(PRODUCTS)
    assert f'<a href="/api/groups/{shirts.pk}/"><span>Shirt' not in page
    assert f'<a href="/api/groups/{shirts.pk}/">Shirt</a>' in page
    assert f'<a href="{PRODUCTS}?group={shirts.pk}">3 variants</a>' in page
    assert read_names(browser.get_page(f"{PRODUCTS}?group={shirts.pk}")) == ["Shirt S", "Shirt M", "Shirt L"]


def test_products_are_chosen_and_groups_are_not(browser, cup):
    page = browser.get_page(PRODUCTS)
    assert re.findall(r'name="product" value="(\d+)"', page) == [str(cup.pk)]
    assert page.count('<td class="choice">') == 2


def test_the_list_shows_each_variant_and_leads_back(browser, cup):
    assert 'href="?_variants=each">Show each variant</a>' in browser.get_page(PRODUCTS)
    page = browser.get_page(f"{EACH}&page_size=100&page=1")
    assert read_names(page) == ["Shirt S", "Shirt M", "Shirt L", "Cup"]
    assert 'href="?page_size=100">Show groups as one row</a>' in page


@all_cases("query", ["search=shirt", "ordering=name", "min_price=1", "option.size=M", "_view=json"])
def test_a_list_that_is_searched_filtered_or_sorted_has_each_variant(browser, shirts, query):
    page = browser.get_page(f"{PRODUCTS}?{query}")
    assert "Shirt M" in page
    assert "3 variants" not in page


@pytest.mark.quick
def test_an_empty_form_of_filters_keeps_the_groups(browser, shirts):
    assert read_names(browser.get_page(f"{PRODUCTS}?search=&ordering=&category=&option.size=")) == ["Shirt"]


def test_programs_get_each_variant(as_alice, browser, shirts):
    before = as_alice.get(PRODUCTS).content
    assert as_alice.get(EACH).content == before
    assert [row["name"] for row in as_alice.get(PRODUCTS).json()["results"]] == ["Shirt S", "Shirt M", "Shirt L"]
    page = browser.get_page(PRODUCTS)
    assert "Programs get a row for each variant" in page
    assert '<pre class="json"' not in page
    assert "Programs get a row for each variant" not in browser.get_page(EACH)


@all_cases("count", [5, 25])
def test_pages_and_their_number_count_groups_once(browser, alice, shirts, count):
    for number in range(count):
        make_group(alice, f"Hat {number}", ("S", 1, "1.00"), ("M", 1, "1.00"))
        make_product(alice, f"Cup {number}")
    found, page = [], 1
    while len(found) < 2 * count + 1:
        answer = browser.client.get(f"{PRODUCTS}?page_size=7&page={page}")
        assert f"{2 * count + 1} in all" in answer.text
        found += read_names(answer.text)
        page += 1
    assert found == ["Shirt", *(f"{name} {number}" for number in range(count) for name in ("Hat", "Cup"))]
    assert browser.client.get(f"{PRODUCTS}?page_size=7&page={page}").status_code == 404


def test_pages_from_both_ends_leave_out_the_same_variants(alice, shirts, cup):
    products = LiveProducts(alice, ProductSerializer, is_grouped=True)
    assert products[0:9] == products.reverse()[0:9][::-1]
    assert products.count() == len(products[0:9]) == 2


def test_archived_variants_and_groups_do_not_count(browser, as_alice, shirts, cup):
    small, middle, _ = [row["id"] for row in as_alice.get(f"{PRODUCTS}?group={shirts.pk}").json()["results"]]
    as_alice.delete(f"{PRODUCTS}{small}/")
    [row, _] = read_rows(browser.get_page(PRODUCTS))
    assert (row["SKU"], row["In stock"]) == ("2 variants", "23 low")
    as_alice.delete(f"{PRODUCTS}{middle}/")
    assert read_names(browser.get_page(PRODUCTS)) == ["Shirt L", "Cup"]
    as_alice.post(f"{PRODUCTS}{small}/restore/")
    assert read_names(browser.get_page(PRODUCTS)) == ["Shirt", "Cup"]
    as_alice.delete(f"/api/groups/{shirts.pk}/")
    assert read_names(browser.get_page(PRODUCTS)) == ["Shirt S", "Shirt L", "Cup"]


def test_a_group_has_what_all_of_its_products_have(browser, as_alice, alice):
    CustomField.objects.create(owner=alice, key="brand", label="Brand", type="text")
    tea = Category.objects.create(owner=alice, name="Tea")
    common = {"category": tea, "tags": ["new"], "fields": {"brand": "Acme"}, "unit": "kg", "decimals": 3}
    make_group(alice, "Assam", ("fine", 1500, "5.00"), ("coarse", 250, "5.00"), **common)
    [row] = read_rows(browser.get_page(f"{PRODUCTS}?_columns=.tags,brand"))
    shown = (row["Category"], row["Tags"], row["Brand"], row["In stock"], row["Price"])
    assert shown == ("Tea", "new", "Acme", "1.750 kg", "5.00")
    product = as_alice.get(PRODUCTS).json()["results"][0]["id"]
    others = {"category": None, "tags": ["old"], "fields": {"brand": "Other"}}
    assert as_alice.patch(f"{PRODUCTS}{product}/", others).status_code == 200
    Product.objects.filter(pk=product).update(unit="t")
    [row] = read_rows(browser.get_page(f"{PRODUCTS}?_columns=brand"))
    assert (row["Category"], row["In stock"]) == ("–", "0.250 kg, 1.500 t")
    assert row.get("Tags", "–") == row.get("Brand", "–") == "–"


def test_a_group_has_the_first_date_of_its_products(browser, as_alice, shirts):
    products = [row["id"] for row in as_alice.get(PRODUCTS).json()["results"]]
    for product, day in zip(products, ("2040-05-06", "2020-03-04", None), strict=True):
        as_alice.patch(f"{PRODUCTS}{product}/", {"expiration_date": day})
    [row] = read_rows(browser.get_page(PRODUCTS))
    assert "2020" in row["Expires"]
    assert "expired" in row["Expires"]


def test_a_worker_sees_no_costs_of_a_group(bob, alice):
    make_group(alice, "Shirt", ("S", 9, "10.00"), ("M", 3, "12.50"), cost_price="7.77")
    page = Browser(bob).get_page(PRODUCTS)
    assert read_names(page) == ["Shirt"]
    assert "7.77" not in page


def test_the_groups_of_other_shops_do_not_count(charlie, cup):
    make_group(charlie, "Hat", ("S", 1, "1.00"), ("M", 1, "1.00"))
    assert read_names(Browser(charlie).get_page(PRODUCTS)) == ["Hat"]


def test_the_texts_of_a_group_are_escaped(browser, alice):
    make_group(alice, "<b>", ("<i>", 1, "1.00"), ("<u>", 1, "1.00"))
    assert not re.search("<(i|u)>", browser.get_page(PRODUCTS))
    assert read_names(browser.get_page(PRODUCTS)) == ["&lt;b&gt;"]


def count_statements(browser):
    browser.get_page(PRODUCTS)
    with CaptureQueriesContext(connection) as captured:
        browser.get_page(PRODUCTS)
    return len(captured)


def test_all_rows_of_groups_need_two_statements(browser, alice):
    make_product(alice, "Cup", 8, tags=["new"])
    without = count_statements(browser)
    make_group(alice, "Shirt", ("S", 9, "10.00"), ("M", 3, "12.50"))
    assert count_statements(browser) == without + 2
    for number in range(3):
        make_group(alice, f"Hat {number}", ("S", 1, "1.00"), ("M", 1, "1.00"), ("L", 1, "1.00"))
    assert count_statements(browser) == without + 2
