"""The stock levels of items."""

import pytest

from testing.cast.people import make_product
from testing.tables import all_cases

URL = "/api/items/levels/"


@pytest.fixture(autouse=True)
def shelf(alice):
    make_product(alice, "kettle", 10)
    make_product(alice, "Pot", 4)
    make_product(alice, "Bowl", 2, min_threshold=1)


def list_levels(client, query=""):
    answer = client.get(f"{URL}{query}")
    assert answer.status_code == 200, answer.content
    return [(level["name"], level["quantity"]) for level in answer.json()["results"]]


def test_a_level_has_exactly_its_published_fields(as_alice, alice):
    cup = make_product(alice, "Cup", 3, min_threshold=3)
    level = as_alice.get(URL).json()["results"][-1]
    assert level == {"id": cup.pk, "name": "Cup", "quantity": 3, "min_threshold": 3, "is_low_stock": True}


def test_levels_are_paged_and_ordered_by_id(as_alice):
    page = as_alice.get(f"{URL}?page_size=2").json()
    assert (page["count"], page["previous"], len(page["results"])) == (3, None, 2)
    assert list_levels(as_alice) == [("kettle", 10), ("Pot", 4), ("Bowl", 2)]
    assert list_levels(as_alice, "?page_size=2&page=2") == [("Bowl", 2)]


@all_cases(
    ("query", "found"),
    [
        ("?low_stock=true", ["Pot"]),
        ("?low_stock=false", ["kettle", "Bowl"]),
        ("?low_stock=true&threshold=2", ["Bowl"]),
        ("?search=pot", ["Pot"]),
        ("?ordering=name", ["Bowl", "kettle", "Pot"]),
    ],
)
def test_levels_have_the_filters_of_items(as_alice, query, found):
    assert [name for name, _ in list_levels(as_alice, query)] == found


def test_levels_show_a_sale_at_once_and_leave_out_archived_products(as_alice):
    first, second, _ = as_alice.get(URL).json()["results"]
    as_alice.post("/api/stock/", {"product": first["id"], "movement_type": "OUT", "quantity": 6})
    as_alice.delete(f"/api/items/{second['id']}/")
    assert list_levels(as_alice) == [("kettle", 4), ("Bowl", 2)]


def test_levels_contain_only_the_account_s_products(as_bob, as_charlie, as_dora, as_nobody):
    assert len(list_levels(as_bob)) == 3
    assert list_levels(as_charlie) == list_levels(as_dora) == []
    assert as_nobody.get(URL).status_code == 401


@all_cases("method", ["post", "put", "patch", "delete"])
def test_levels_are_read_only(as_alice, method):
    assert getattr(as_alice, method)(URL, {}).status_code == 405
