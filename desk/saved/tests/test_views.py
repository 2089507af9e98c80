"""Saved views: who may save, read and run which, and what the list says when it is asked."""

from urllib.parse import urlencode

import pytest

from core.ownership import save_fields
from desk.saved.models import MAX_VIEWS, SavedView
from testing.cast.people import make_product
from testing.tables import all_cases
from web.list_routes import list_routes

ADDRESS = "/api/views/"
LOW = {"name": "Low", "route": "products", "query": "low_stock=true&ordering=name"}


def save_view(client, **fields):
    response = client.post(ADDRESS, {**LOW, **fields}, format="json")
    assert response.status_code == 201, response.json()
    return response.json()


def run(client, view):
    return client.get(f"{ADDRESS}{view['id']}/run/")


def test_a_view_leads_to_its_list_with_filters_order_and_columns(as_alice):
    view = save_view(as_alice, columns=["quantity", "name"])
    found = run(as_alice, view)
    address = "/api/products/?low_stock=true&ordering=name&columns=quantity,name"
    assert (found.status_code, found["Location"]) == (303, address)
    assert as_alice.get(address).status_code == 200
    assert " ".join(view) == "id name route query columns shared mail user created_at updated_at"


def test_the_list_itself_refuses_what_it_does_not_know(as_alice):
    refused = as_alice.post(ADDRESS, {**LOW, "query": "low_stok=true"}, format="json")
    assert (refused.status_code, refused.json()["code"]) == (400, "view_query")
    assert "low_stok" in refused.json()["error"]
    assert not SavedView.objects.exists()


@all_cases(
    ("fields", "wrong"),
    [
        ({"route": "nothing"}, "route"), ({"route": "products/7"}, "route"), ({"route": ""}, "route"),
        ({"query": "page=2"}, "query"), ({"query": "format=csv"}, "query"), ({"query": "cursor=x"}, "query"),
        ({"query": "page_size=5"}, "query"), ({"query": "columns=name"}, "query"),
        ({"columns": ["nmae"]}, "columns"), ({"columns": "name"}, "columns"), ({"name": ""}, "name"),
        ({"name": "x" * 61}, "name"),
    ],
)  # fmt: skip
def test_refuses_what_no_view_has(as_alice, fields, wrong):
    refused = as_alice.post(ADDRESS, {**LOW, **fields}, format="json")
    assert (refused.status_code, list(refused.json())) == (400, [wrong])


@all_cases("route", ["/api/products/", "products/", "/products"])
def test_reads_a_route_with_slashes(as_alice, route):
    refused = as_alice.post(ADDRESS, {**LOW, "route": route}, format="json")
    assert (refused.status_code, refused.json()["route"]) == (201, "products")


def test_a_name_is_unique_for_each_user(as_alice, as_bob):
    save_view(as_alice)
    assert as_alice.post(ADDRESS, {**LOW, "name": "LOW"}, format="json").json() == {
        "name": ["You have a view with this name already."]
    }
    save_view(as_bob)


@pytest.mark.quick
def test_a_user_has_a_limited_number_of_views(as_alice, as_bob, alice):
    rows = [SavedView(owner=alice, user=alice, name=f"View {number}", route="products") for number in range(MAX_VIEWS)]
    SavedView.objects.bulk_create(rows)
    refused = as_alice.post(ADDRESS, LOW, format="json")
    assert (refused.status_code, refused.json()["code"]) == (409, "too_many_views")
    save_view(as_bob)


@pytest.mark.quick
def test_only_its_user_changes_or_deletes_a_shared_view(as_alice, as_bob, as_charlie):
    view = save_view(as_alice, shared=True)
    address = f"{ADDRESS}{view['id']}/"
    assert as_bob.get(address).json()["user"] == "alice"
    assert [as_bob.patch(address, {"name": "Mine"}).status_code, as_bob.delete(address).status_code] == [404, 404]
    assert as_charlie.get(address).status_code == 404
    assert as_alice.patch(address, {"name": "Ours"}).json()["name"] == "Ours"
    assert as_alice.delete(address).status_code == 204


def test_a_view_that_its_list_refuses_now_says_why(as_alice, alice):
    view = save_view(as_alice)
    SavedView.objects.filter(pk=view["id"]).update(query="gone=1")
    refused = run(as_alice, view)
    assert (refused.status_code, refused.json()["code"], list(refused.json()["error"])) == (400, "view_query", ["gone"])


@all_cases("text", ["NOTEPAD++", "Salt & Pepper", "100% = a=b? #1", "Tee für Öl 茶 🍵"])
def test_a_view_finds_names_with_special_characters(as_alice, alice, text):
    make_product(alice, text)
    view = save_view(as_alice, query=urlencode({"search": text}))
    assert [row["name"] for row in as_alice.get(run(as_alice, view)["Location"]).json()["results"]] == [text]


def test_a_view_keeps_each_value_of_a_repeated_filter(as_alice):
    as_alice.post("/api/products/", {"name": "Tea", "price": "1", "tags": ["a", "b"]}, format="json")
    assert run(as_alice, save_view(as_alice, query="tag=a&tag=b"))["Location"].endswith("?tag=a&tag=b")


def test_an_archived_field_of_the_shop_is_no_filter_and_no_column_of_a_view(as_alice):
    field = as_alice.post("/api/fields/", {"key": "origin", "label": "Origin", "type": "text"}).json()
    shown = save_view(as_alice, columns=["name", "field:origin"])
    filtered = save_view(as_alice, name="From India", query="field.origin=India")
    assert as_alice.delete(f"/api/fields/{field['id']}/").status_code == 204
    assert run(as_alice, shown)["Location"].endswith("&columns=name")
    refused = run(as_alice, filtered)
    assert (refused.status_code, list(refused.json()["error"])) == (400, ["field.origin"])


@pytest.mark.quick
def test_an_unknown_column_is_refused_with_those_that_the_list_has(as_alice):
    refused = as_alice.post(ADDRESS, {**LOW, "columns": ["nmae"]}, format="json").json()
    assert refused["columns"][0].startswith("This list has no column nmae. Its columns are ")
    assert "min_threshold" in refused["columns"][0]


def test_a_shared_view_stays_when_its_user_is_deactivated_and_goes_when_the_user_is_erased(as_alice, as_bob, bob):
    view, address = save_view(as_bob, shared=True), f"/api/users/{bob.pk}/"
    assert as_alice.patch(address, {"is_active": False}).status_code == 200
    assert run(as_alice, view).status_code == 303
    assert as_alice.post(f"{address}erase/").status_code == 200
    assert run(as_alice, view).status_code == 404
    assert not SavedView.objects.exists()


def test_columns_that_a_list_no_longer_has_are_left_out(as_alice):
    view = save_view(as_alice, columns=["sku", "name"])
    SavedView.objects.filter(pk=view["id"]).update(columns=["gone", "sku"])
    assert run(as_alice, view)["Location"].endswith("&columns=sku")


ROUTES = {"products": "", "offers": "", "users": "", "reports/margins": "period=last_month"}
# What Bob gets of Alice's view: whether the list has it, the status of GET, and that of running it.
SHOWN = {
    ("viewer", "products"): (True, 200, 303), ("viewer", "offers"): (True, 200, 303),
    ("viewer", "users"): (True, 200, 303), ("viewer", "reports/margins"): (True, 200, 303),
    ("worker", "products"): (True, 200, 303), ("worker", "offers"): (False, 404, 403),
    ("worker", "users"): (True, 200, 303), ("worker", "reports/margins"): (False, 404, 403),
    ("counter", "products"): (False, 403, 403), ("counter", "offers"): (False, 403, 403),
    ("counter", "users"): (False, 403, 403), ("counter", "reports/margins"): (False, 403, 403),
}  # fmt: skip


@all_cases(("role", "route"), SHOWN)
@all_cases("shared", [False, True])
def test_the_role_of_the_reader_decides_now(as_alice, as_bob, bob, role, route, shared):
    save_fields(bob, {"role": "manager"})
    view = save_view(as_alice, route=route, query=ROUTES[route], shared=shared)
    before = [as_bob.get(f"{ADDRESS}{view['id']}/").status_code, run(as_bob, view).status_code]
    assert before == ([200, 303] if shared else [404, 404])
    save_fields(bob, {"role": role})
    listed = as_bob.get(ADDRESS).json().get("results", [])
    found = bool(listed), as_bob.get(f"{ADDRESS}{view['id']}/").status_code, run(as_bob, view).status_code
    hidden = (False, 403, 403) if role == "counter" else (False, 404, 404)
    assert found == (SHOWN[role, route] if shared else hidden)


@pytest.mark.quick
def test_an_own_view_of_a_closed_list_can_be_deleted_but_not_run(as_bob, bob):
    save_fields(bob, {"role": "manager"})
    view = save_view(as_bob, route="offers", query="")
    save_fields(bob, {"role": "worker"})
    assert as_bob.get(ADDRESS).json()["count"] == 1
    assert run(as_bob, view).status_code == 403
    assert as_bob.patch(f"{ADDRESS}{view['id']}/", {"query": "ordering=name"}).status_code == 403
    assert as_bob.delete(f"{ADDRESS}{view['id']}/").status_code == 204


@all_cases("address", sorted(list_routes()))
def test_each_list_and_report_can_be_saved_and_run(as_alice, address):
    view = save_view(as_alice, route=address, query="")
    assert as_alice.get(run(as_alice, view)["Location"]).status_code == 200


def test_a_file_has_the_columns_in_the_order_of_the_view(as_alice, alice):
    make_product(alice, "Kettle", quantity=3)
    view = save_view(as_alice, query="", columns=["quantity", "name", "picture"])
    address = run(as_alice, view)["Location"].replace("/products/", "/products/export/")
    lines = b"".join(as_alice.get(address).streaming_content).decode().splitlines()
    assert lines == ["quantity,name", "3,Kettle"]


def test_a_file_with_none_of_the_columns_is_refused(as_alice):
    refused = as_alice.get("/api/products/export/?columns=nmae")
    assert (refused.status_code, list(refused.json())) == (400, ["columns"])
