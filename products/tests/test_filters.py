"""The query parameters of the product list: filters, search, ordering, and malformed values."""

from datetime import date, timedelta
from urllib.parse import urlencode

import pytest

from core.time_zones import today
from products.filters import ProductFilter
from products.models import Category, Product
from suppliers.models import Supplier
from testing.cast.people import make_product

URL = "/api/products/"


@pytest.fixture
def tea(alice):
    return Category.objects.create(owner=alice, name="Tea")


@pytest.fixture
def acme(alice):
    return Supplier.objects.create(owner=alice, name="Acme")


@pytest.fixture(autouse=True)
def shelf(alice, charlie, tea, acme):
    """Create products that differ in all filtered fields, and one of another shop with the same codes."""
    yesterday = today() - timedelta(days=1)
    make_product(alice, "kettle", 10, price="20.00", sku="K-1", supplier=acme, description="Steel, 100% Öl")
    make_product(alice, "Apple", 5, price="1.50", category=tea, expiration_date=today(), barcode="400ä")
    make_product(alice, "Pot", 4, price="20.00", sku="P-1", category=tea, supplier=acme, expiration_date=yesterday)
    make_product(alice, "bowl", 0, price="7.00", min_threshold=0, expiration_date=date(2190, 1, 1))
    make_product(alice, "Wrap", price="25.00", keeps_stock=False)
    make_product(charlie, "kettle", 0, price="7.00", sku="K-1", barcode="400ä", expiration_date=yesterday)


def list_names(client, query=""):
    answer = client.get(f"{URL}?{query}")
    assert answer.status_code == 200, answer.content
    return [product["name"] for product in answer.json()["results"]]


def test_products_are_ordered_by_id_by_default(as_alice, as_bob):
    assert list_names(as_alice) == list_names(as_bob) == ["kettle", "Apple", "Pot", "bowl", "Wrap"]


FOUND = {
    "sku=k-1": ["kettle"],
    "sku=K": [],
    "barcode=400%C3%84": ["Apple"],
    "barcode=400a%CC%88": ["Apple"],
    "category=tea": ["Apple", "Pot"],
    "category=Nothing": [],
    "category=999999999999": [],
    "supplier=999999999999": [],
    "min_price=7": ["kettle", "Pot", "bowl", "Wrap"],
    "max_price=7.00": ["Apple", "bowl"],
    "min_price=1.51&max_price=19.99": ["bowl"],
    "low_stock=true": ["Apple", "Pot", "bowl"],
    "low_stock=false": ["kettle", "Wrap"],
    "low_stock=true&threshold=4": ["Pot", "bowl"],
    "low_stock=false&threshold=4": ["kettle", "Apple", "Wrap"],
    "low_stock=true&threshold=0": ["bowl"],
    "threshold=4": ["kettle", "Apple", "Pot", "bowl", "Wrap"],
    "expired=true": ["Apple", "Pot"],
    "expired=false": ["kettle", "bowl", "Wrap"],
    "archived=true": [],
    "archived=false&expired=1&low_stock=TRUE&category=TEA&max_price=2": ["Apple"],
}


@pytest.mark.quick
def test_each_filter_returns_the_matching_products(as_alice):
    assert {query: list_names(as_alice, query) for query in FOUND} == FOUND


def test_products_can_be_filtered_by_category_id_and_supplier_id(as_alice, tea, acme):
    assert list_names(as_alice, f"category={tea.pk}") == ["Apple", "Pot"]
    assert list_names(as_alice, f"supplier={acme.pk}") == ["kettle", "Pot"]


def test_filters_by_rows_work_after_the_schema_has_read_them(as_alice, acme):
    assert ProductFilter.base_filters["supplier"].field
    assert list_names(as_alice, f"supplier={acme.pk}") == ["kettle", "Pot"]


def test_products_are_found_by_several_ids(as_alice, charlie):
    kettle, bowl = Product.objects.get(name="kettle", price="20.00"), Product.objects.get(name="bowl")
    foreign = make_product(charlie, "Foreign")
    assert list_names(as_alice, f"id__in={bowl.pk},{kettle.pk},{foreign.pk}") == ["kettle", "bowl"]
    assert list_names(as_alice, f"id__in={bowl.pk}, {kettle.pk}&min_price=8") == ["kettle"]


@pytest.mark.quick
def test_products_are_found_by_several_skus_ignoring_case(as_alice, charlie):
    make_product(charlie, "Foreign", sku="P-1")
    assert list_names(as_alice, "sku__in=p-1,K-1,unknown") == ["kettle", "Pot"]


def test_several_lists_of_values_are_united_and_each_value_is_then_whole(as_alice, alice):
    make_product(alice, "Lid", sku="L,1", external_id="lid,1")
    assert list_names(as_alice, "sku__in=P-1&sku__in=K-1&sku__in=") == ["kettle", "Pot"]
    assert list_names(as_alice, "sku__in=P-1&sku__in=l,1&ordering=name") == ["Lid", "Pot"]
    assert list_names(as_alice, "external_id__in=lid,1&external_id__in=x") == ["Lid"]
    assert list_names(as_alice, "sku__in=l,1") == list_names(as_alice, "sku__in=P-1,K-1&sku__in=x") == []
    ids = [str(pk) for pk in Product.objects.filter(name__in=["Lid", "Pot"]).values_list("pk", flat=True)]
    assert list_names(as_alice, f"id__in={ids[0]}&id__in={ids[1]}&ordering=name") == ["Lid", "Pot"]
    assert as_alice.get(f"{URL}?id__in=1&id__in=2,3").json() == {"id__in": ["Enter a whole number."]}


def test_a_page_and_its_links_keep_each_of_several_values(as_alice, alice):
    make_product(alice, "Lid", sku="L,1")
    found = as_alice.get(f"{URL}?sku__in=L,1&sku__in=P-1&page_size=1").json()
    assert [row["name"] for row in as_alice.get(found["next"]).json()["results"]] == ["Lid"]
    page = as_alice.get(f"{URL}?sku__in=L,1&sku__in=P-1", headers={"Accept": "text/html"}).text
    for value in ("L,1", "P-1"):  # the search and the filters are one form
        assert page.count(f'<input type="hidden" name="sku__in" value="{value}">') == 1


def test_a_list_of_values_has_up_to_500(as_alice):
    for name in ("id__in", "sku__in", "external_id__in"):
        assert list_names(as_alice, f"{name}={','.join(['1000000000'] * 500)}") == []
        answer = as_alice.get(f"{URL}?{name}={','.join(['1'] * 501)}")
        assert (answer.status_code, answer.json()) == (400, {name: ["Send at most 500 values, not 501."]})


def test_booleans_are_true_false_1_or_0_ignoring_case(as_alice):
    for name in ("low_stock", "expired", "archived"):
        yes, no = list_names(as_alice, f"{name}=true"), list_names(as_alice, f"{name}=false")
        assert yes != no
        assert list_names(as_alice, f"{name}=TRUE") == list_names(as_alice, f"{name}=1") == yes
        assert list_names(as_alice, f"{name}=False") == list_names(as_alice, f"{name}=0") == no


SEARCHED = {
    "KETTLE": ["kettle"],
    "steel": ["kettle"],
    "p-1": ["Pot"],
    "400Ä": ["Apple"],
    "400a\u0308": ["Apple"],
    "tea": ["Apple", "Pot"],
    "tea pot": ["Pot"],
    "acme": [],
    "100%": ["kettle"],
    "1%0": [],
    "_": [],
    "'\"\\;--": [],
}


def test_search_requires_every_word_in_some_field(as_alice):
    assert {words: list_names(as_alice, urlencode({"search": words})) for words in SEARCHED} == SEARCHED


ORDERED = {
    "name": ["Apple", "bowl", "kettle", "Pot", "Wrap"],
    "-name": ["Wrap", "Pot", "kettle", "bowl", "Apple"],
    "price": ["Apple", "bowl", "kettle", "Pot", "Wrap"],
    "-price": ["Wrap", "kettle", "Pot", "bowl", "Apple"],
    "-price,-name": ["Wrap", "Pot", "kettle", "bowl", "Apple"],
    "quantity": ["bowl", "Wrap", "Pot", "Apple", "kettle"],
    "-quantity": ["kettle", "Apple", "Pot", "bowl", "Wrap"],
    "-created_at": ["Wrap", "bowl", "Pot", "Apple", "kettle"],
    "updated_at": ["kettle", "Apple", "Pot", "bowl", "Wrap"],
}


@pytest.mark.quick
def test_ordering_breaks_ties_by_id(as_alice):
    assert {ordering: list_names(as_alice, f"ordering={ordering}") for ordering in ORDERED} == ORDERED


MALFORMED = {
    "id__in": ["abc", "1,abc", "1,,2", "1,", ",", "-1", "1.0", "9" * 20, "\x00", "\uff11", "9" * 40_000],
    "external_id__in": ["a,,b", "a," + "x" * 129],
    "sku__in": ["a,,b", ",", "a\x00b", "a," + "x" * 65, "x" * 40_000],
    "supplier": ["abc", "-1", "1.0", "1_0", "\uff11", "9" * 19, "9" * 400, "\x00", "1 2", "None"],
    "min_price": ["x", "-1", "NaN", "Infinity", "1e5", "1e999999999", "1_0", "\uff11", "9" * 13, "1,5", "\x00"],
    "max_price": ["x", "-1", "NaN", "0x1", "1.5.5"],
    "low_stock": ["yes", "2", "-1", "null", "tru", "\x00"],
    "expired": ["maybe"],
    "archived": ["all"],
    "threshold": ["abc", "-1", "1.5", "1000000001", "9" * 5000],
    "ordering": ["nope", "id", "owner", "name,nope", "--name", "owner__password", "?", "\x00"],
    "search": ["a\x00b", "a\x1bb", "x" * 201],
    "sku": ["a\x00b", "x" * 201],
    "barcode": ["a\x7fb"],
    "category": ["a\x00b", "x" * 256],
    "page": ["0", "-1", "abc", "1_0", "last"],
    "page_size": ["0", "-1", "abc", "\uff11"],
}


def test_a_malformed_value_is_a_400_that_names_the_parameter(as_alice):
    for parameter, value in [(name, value) for name, values in MALFORMED.items() for value in values]:
        answer = as_alice.get(URL, {parameter: value})
        assert (answer.status_code, list(answer.json())) == (400, [parameter]), value


def test_the_400_names_all_malformed_parameters(as_alice):
    answer = as_alice.get(f"{URL}?supplier=abc&min_price=x&ordering=nope")
    assert answer.status_code == 400
    assert set(answer.json()) == {"supplier", "min_price", "ordering"}


def test_empty_parameters_are_ignored(as_alice):
    known = [*ProductFilter.base_filters, "page", "page_size"]
    empty = "&".join(f"{name}=" for name in known)
    assert list_names(as_alice, empty) == list_names(as_alice)
