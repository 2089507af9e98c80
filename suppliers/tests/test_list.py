"""The list of suppliers: search, ordering and pagination."""

import pytest

from suppliers.models import Supplier

URL = "/api/suppliers/"


@pytest.fixture(autouse=True)
def four_suppliers(alice):
    for name in ("Öl & Co", "acme", "Zeta", "Beta Öl"):
        Supplier.objects.create(owner=alice, name=name, contact_email="sales@zeta.example")


def list_names(client, query=""):
    answer = client.get(f"{URL}?{query}")
    assert answer.status_code == 200
    return [supplier["name"] for supplier in answer.json()["results"]]


def test_suppliers_are_ordered_by_id_by_default_and_by_created_at(as_alice):
    assert list_names(as_alice) == list_names(as_alice, "ordering=created_at") == ["Öl & Co", "acme", "Zeta", "Beta Öl"]
    assert list_names(as_alice, "ordering=-created_at") == ["Beta Öl", "Zeta", "acme", "Öl & Co"]


def test_ordering_by_name_ignores_case(as_alice):
    assert list_names(as_alice, "ordering=name")[:3] == ["acme", "Beta Öl", "Zeta"]
    assert list_names(as_alice, "ordering=-name")[-3:] == ["Zeta", "Beta Öl", "acme"]


def test_suppliers_with_the_same_created_at_are_ordered_by_id(as_alice):
    Supplier.objects.update(created_at="2026-01-01T00:00:00Z")
    assert list_names(as_alice, "ordering=-created_at") == ["Öl & Co", "acme", "Zeta", "Beta Öl"]


def test_search_matches_the_name_in_any_spelling(as_alice):
    for spelling in ("öl", "ÖL", "o\u0308l"):
        assert list_names(as_alice, f"search={spelling}") == ["Öl & Co", "Beta Öl"]
    assert list_names(as_alice, "search=beta+öl") == ["Beta Öl"]
    assert [list_names(as_alice, f"search={word}") for word in ("sales", "%25", "_")] == [[], [], []]


def test_pages_have_the_requested_size_and_links_to_their_neighbours(as_alice):
    page = as_alice.get(f"{URL}?page_size=3").json()
    assert (page["count"], len(page["results"]), page["previous"]) == (4, 3, None)
    last = as_alice.get(page["next"]).json()
    assert (len(last["results"]), last["next"]) == (1, None)
    assert as_alice.get(last["previous"]).json()["results"] == page["results"]


def test_a_page_past_the_end_is_a_404(as_alice):
    assert as_alice.get(f"{URL}?page=9999").status_code == 404
    assert as_alice.get(f"{URL}?page_size=100000").json()["next"] is None


def test_the_400_names_a_malformed_parameter(as_alice):
    wrong = {"ordering": ["nope", "contact_email", "name,nope"], "search": ["a\0b", "x" * 201]}
    numbers = ["0", "-1", "x", "1_0", "\uff19"]
    for parameter, values in (wrong | {"page": numbers, "page_size": numbers}).items():
        for value in values:
            answer = as_alice.get(URL, {parameter: value})
            assert (answer.status_code, list(answer.json())) == (400, [parameter]), value


def test_empty_parameters_are_ignored(as_alice):
    assert len(list_names(as_alice, "search=&ordering=&page=&page_size=")) == 4
