"""Categories: CRUD, unique names, lists, and deleting a category with products."""

from functools import partial

import pytest

from products.models import Category
from testing.cast.people import client_of, make_product
from testing.races import run_behind_lock, run_concurrently

URL = "/api/categories/"
TAKEN = {"name": ["You have a category with this name already."]}


@pytest.fixture
def tea(alice):
    return Category.objects.create(owner=alice, name="Tea")


def test_a_category_has_exactly_its_published_fields(as_alice, alice):
    answer = as_alice.post(URL, {"name": "  Te\u0301 ", "owner": 77})
    assert answer.status_code == 201
    assert list(answer.json()) == ["id", "name", "created_at"]
    assert answer.json()["name"] == "Té"
    assert Category.objects.get().owner == alice


def test_a_category_can_be_read_renamed_and_deleted(as_alice, tea):
    address = f"{URL}{tea.pk}/"
    assert as_alice.get(address).json()["name"] == "Tea"
    assert as_alice.patch(address, {"name": "Green tea"}).json()["name"] == "Green tea"
    assert as_alice.put(address, {"name": "Black tea"}).json()["name"] == "Black tea"
    assert as_alice.delete(address).status_code == 204
    assert as_alice.get(address).status_code == as_alice.delete(address).status_code == 404


def test_the_name_of_a_category_is_text_of_at_most_255_characters(as_alice):
    for name in ("", " ", None, 1, True, [], {}, "a\x00b", "a\nb", "é" * 256):
        answer = as_alice.post(URL, {"name": name})
        assert (answer.status_code, type(answer.json())) == (400, dict), name
    assert as_alice.post(URL, {}).json() == {"name": ["This field is required."]}
    assert as_alice.post(URL, {"name": "é" * 255}).status_code == 201


def test_names_are_unique_ignoring_case(as_alice, as_charlie, tea):
    other = Category.objects.create(owner=tea.owner, name="Coffee")
    assert as_alice.post(URL, {"name": "TEA"}).json() == TAKEN
    assert as_alice.patch(f"{URL}{other.pk}/", {"name": "tea"}).json() == TAKEN
    assert as_alice.patch(f"{URL}{tea.pk}/", {"name": "tea"}).status_code == 200
    assert as_charlie.post(URL, {"name": "Tea"}).status_code == 201


@pytest.mark.django_db(transaction=True)
def test_one_of_several_concurrent_creates_succeeds_and_the_others_are_400(alice):
    answers = run_concurrently(*[partial(client_of(alice).post, URL, {"name": name}) for name in ("Tea", "TEA", "tea")])
    assert sorted(answer.status_code for answer in answers) == [201, 400, 400]
    assert [answer.json() for answer in answers].count(TAKEN) == 2


def test_deleting_a_category_keeps_its_products(as_alice, alice, tea):
    kettle = make_product(alice, category=tea, quantity=3)
    assert as_alice.delete(f"{URL}{tea.pk}/").status_code == 204
    answer = as_alice.get(f"/api/products/{kettle.pk}/").json()
    assert (answer["category"], answer["category_name"], answer["quantity"]) == (None, None, 3)


def test_restoring_a_category_brings_it_back_for_its_products(as_alice, alice, tea):
    kettle = make_product(alice, category=tea)
    as_alice.delete(f"{URL}{tea.pk}/")
    assert (list_names(as_alice, ""), list_names(as_alice, "archived=true")) == ([], ["Tea"])
    assert as_alice.post(f"{URL}{tea.pk}/restore/").json()["name"] == "Tea"
    answer = as_alice.get(f"/api/products/{kettle.pk}/").json()
    assert (answer["category"], answer["category_name"]) == (tea.pk, "Tea")


def test_naming_an_archived_category_creates_a_new_one(as_alice, kettle, tea):
    as_alice.delete(f"{URL}{tea.pk}/")
    file = f"stock_sequence,id,category\n,{kettle.pk},tea\n"
    assert as_alice.post("/api/products/import/", file, content_type="text/csv").status_code == 200
    new = Category.objects.live().get()
    assert (new.name, new.pk != tea.pk) == ("tea", True)
    assert as_alice.patch(f"/api/products/{kettle.pk}/", {"category": "TEA"}).json()["category"] == new.pk
    answer = as_alice.post(f"{URL}{tea.pk}/restore/")
    assert (answer.status_code, answer.json()["code"]) == (409, "name_taken")


def test_reports_count_the_products_of_an_archived_category_as_uncategorized(as_alice, alice, tea):
    make_product(alice, "Sencha", quantity=2, category=tea)
    make_product(alice, "Gaiwan", quantity=1)
    as_alice.delete(f"{URL}{tea.pk}/")
    dashboard = as_alice.get("/api/dashboard/").json()
    assert (dashboard["counts"]["total_categories"], len(dashboard["analytics"])) == (0, 1)
    [row] = as_alice.get("/api/reports/valuation/").json()["categories"]
    assert (row["category"], row["products"]) == (None, 2)


@pytest.mark.django_db(transaction=True)
def test_archiving_waits_for_a_product_that_is_put_into_the_category(as_alice, kettle, tea):
    link = partial(as_alice.patch, f"/api/products/{kettle.pk}/", {"category": tea.pk})
    assert run_behind_lock(link, lambda: as_alice.delete(f"{URL}{tea.pk}/")).status_code == 204
    kettle.refresh_from_db()
    assert (kettle.category_id, kettle.kept_category_id) == (None, tea.pk)


@pytest.mark.quick
def test_a_worker_may_read_but_not_change_categories(as_bob, tea):
    assert as_bob.get(URL).json()["count"] == 1
    assert as_bob.post(URL, {"name": "x"}).status_code == 403
    for method in (as_bob.put, as_bob.patch, as_bob.delete):
        assert method(f"{URL}{tea.pk}/", {"name": "x"}).status_code == 403


def list_names(client, query):
    return [category["name"] for category in client.get(f"{URL}?{query}").json()["results"]]


def test_categories_can_be_searched_and_ordered_by_name(as_alice, alice):
    for name in ("tea", "Coffee", "Öl", "Teapots"):
        Category.objects.create(owner=alice, name=name)
    assert list_names(as_alice, "") == ["tea", "Coffee", "Öl", "Teapots"]
    assert list_names(as_alice, "search=TEA") == ["tea", "Teapots"]
    assert list_names(as_alice, "ordering=name&search=e") == ["Coffee", "tea", "Teapots"]
    assert list_names(as_alice, "ordering=-created_at")[0] == "Teapots"
    assert as_alice.get(f"{URL}?ordering=nope").status_code == 400
