"""`?fields=`: lists and single rows with some of their fields."""

import pytest

from products.models import Category
from suppliers.models import Supplier
from testing.cast.people import make_product
from testing.reading.browser import Browser
from testing.tables import all_cases


@pytest.fixture
def pot(alice):
    tea, acme = Category.objects.create(owner=alice, name="Tea"), Supplier.objects.create(owner=alice, name="Acme")
    return make_product(alice, "Pot", 4, sku="P-1", category=tea, supplier=acme, cost_price="2.00")


LISTS = {
    "/api/products/": ["name", "on_order"],
    "/api/products/?search=pot": ["name", "on_order"],
    "/api/categories/": ["id", "name"],
    "/api/suppliers/": ["id", "name"],
    "/api/stock/": ["id", "quantity"],
    "/api/stock/?movement_type=IN": ["id", "quantity"],
}


@pytest.mark.quick
@all_cases("address", LISTS)
def test_a_list_has_only_the_named_fields_in_their_usual_order(as_alice, pot, address):
    first, second = LISTS[address]
    whole = as_alice.get(address).json()
    sparse = as_alice.get(address, query_params={"fields": f"{second}, {first}"}).json()
    assert [list(row) for row in sparse["results"]] == [[first, second]]
    assert sparse["results"] == [{name: row[name] for name in (first, second)} for row in whole["results"]]
    assert sparse.keys() == whole.keys()


def test_single_rows_have_only_the_named_fields(as_alice, pot):
    movement = as_alice.get("/api/stock/").json()["results"][0]["id"]
    for address in (f"products/{pot.pk}", f"categories/{pot.category_id}", f"suppliers/{pot.supplier_id}"):
        assert list(as_alice.get(f"/api/{address}/?fields=name").json()) == ["name"]
    assert as_alice.get(f"/api/stock/{movement}/?fields=quantity").json() == {"quantity": 4}


@all_cases("address", ["/api/products/", "/api/products/{}/", "/api/products/?search=pot"])
def test_an_unknown_field_is_a_400_that_names_it(as_alice, pot, address):
    answer = as_alice.get(address.format(pot.pk), query_params={"fields": "name,nmae"})
    [message] = answer.json()["fields"]
    assert (answer.status_code, message.partition(".")[0]) == (400, 'There is no field "nmae"')


def test_the_400_lists_the_fields(as_alice):
    answer = as_alice.get("/api/suppliers/?fields=colour,")
    message = 'There is no field "colour", "". The fields are id, name, contact_email, phone_number,'
    message += " address, lead_days, external_id, metadata, created_at, updated_at, merged_into."
    assert (answer.status_code, answer.json()) == (400, {"fields": [message]})


def test_an_empty_parameter_is_ignored(as_alice, pot):
    assert as_alice.get("/api/products/?fields=").json() == as_alice.get("/api/products/").json()


def test_a_worker_gets_no_costs_by_naming_them(as_bob, pot):
    assert as_bob.get("/api/products/?fields=cost_price,stock_value").json()["results"] == [
        {"cost_price": None, "stock_value": None}
    ]


def test_the_links_between_pages_keep_the_fields(as_alice, alice):
    make_product(alice, "Pot"), make_product(alice, "Cup")
    next_page = as_alice.get("/api/products/?fields=name&page_size=1").json()["next"]
    assert as_alice.get(next_page).json()["results"] == [{"name": "Cup"}]


def test_the_etag_is_that_of_the_whole_row(as_alice, pot):
    address = f"/api/products/{pot.pk}/"
    sparse = as_alice.get(f"{address}?fields=name")
    tag = sparse.headers["ETag"]
    assert tag == as_alice.get(address).headers["ETag"]
    assert as_alice.get(f"{address}?fields=name", headers={"If-None-Match": tag}).status_code == 304
    assert as_alice.patch(address, {"name": "Jar"}, headers={"If-Match": tag}).status_code == 200


def test_other_routes_and_methods_do_not_take_it(as_alice, pot):
    for address in ("/api/products/export/?fields=name", "/api/products/alerts/?fields=name"):
        assert as_alice.get(address).status_code == 400
    assert as_alice.patch(f"/api/products/{pot.pk}/?fields=name", {"name": "Jar"}).status_code == 400


def test_a_table_for_people_has_all_its_columns_and_their_json_has_the_named_ones(alice, pot):
    for address in ("/api/products/", f"/api/products/{pot.pk}/"):
        browser = Browser(alice)
        assert "P-1" in browser.get_page(f"{address}?fields=name")
        assert "P-1" not in browser.get_page(f"{address}?fields=name&_view=json")


def test_the_list_of_products_needs_no_further_statement(as_alice, pot, django_assert_num_queries):
    with django_assert_num_queries(3):
        as_alice.get("/api/products/")
    with django_assert_num_queries(3):
        as_alice.get("/api/products/?fields=name")
