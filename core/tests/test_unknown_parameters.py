"""Every route takes the query parameters that the schema lists, and refuses any other by its name."""

import pytest

from core.request_checks.known_parameters import IGNORED_PREFIXES
from core.request_checks.spelling import find_nearest
from testing.cast import make_product
from testing.walk import DONE, address_of, body_of, calls, cells, expected, undone
from users.permissions import ANYONE, routes

UNKNOWN = "no_such_thing"


@pytest.mark.usefixtures("unchanged")
def test_every_route_refuses_an_unknown_parameter_after_401_403_and_404(world):
    outcomes = {}
    for call, role in cells():
        address = f"{address_of(call, role, world)}?{UNKNOWN}=1"
        answer = undone(world.client(role), call.method, address, body_of(call, role, world))
        is_open = (
            routes()[call.route].roles[call.method] == ANYONE
        )  # its 401 is about the body, which comes after the query
        asked = 400 if is_open or expected(call, role) == DONE else expected(call, role)
        if answer.status != asked or (asked == 400 and UNKNOWN not in answer.content):
            outcomes[str(call), role] = (answer.status, asked, answer.content[:100])
    assert outcomes == {}


def test_every_route_takes_each_parameter_that_the_schema_lists(world):
    taken = 0
    for call in calls():
        for name in call.parameters("query"):
            address = f"{address_of(call, 'alice', world)}?{name}="
            answer = undone(world.client("alice"), call.method, address, body_of(call, "alice", world))
            assert answer.outcome == DONE, (str(call), name, answer.content)
            taken += 1
    assert taken > 100


def test_a_missing_row_is_a_404_before_an_unknown_parameter_is_a_400(world):
    for call in calls():
        if call.row:
            address = f"{call.at(999_999_999)}?{UNKNOWN}=1"
            answer = undone(world.client("alice"), call.method, address, body_of(call, "alice", world))
            assert answer.status == 404, str(call)


@pytest.mark.parametrize(
    ("path", "name", "near"),
    [
        ("/api/products/", "low_stok", "low_stock"),
        ("/api/products/", "Search", "search"),
        ("/api/stock/", "updated_after", "recorded_after"),
        ("/api/products/export/", "serch", "search"),
        ("/api/reports/movements/", "categroy", "category"),
        ("/api/stock/levels/", "asof", "as_of"),
    ],
)
def test_a_mistyped_parameter_is_refused_with_the_nearest_known_one(as_alice, path, name, near):
    answer = as_alice.get(path, {name: "true"})
    message = f"There is no such parameter. Did you mean {near}?"
    assert (answer.status_code, answer.json()) == (400, {name: [message]})


def test_without_a_near_one_all_are_named(as_alice):
    answer = as_alice.get("/api/suppliers/?colour=blue&lang=de")
    message = "There is no such parameter. This address takes format, ordering, page, page_size, search."
    assert answer.json() == {"colour": [message], "lang": [message]}


def test_where_none_is_taken_it_says_so(as_alice):
    answer = as_alice.get("/api/dashboard/?day=1")
    assert answer.json() == {"day": ["There is no such parameter. This address takes format."]}
    answer = as_alice.get("/api/products/import/template/?day=1")
    assert answer.json() == {"day": ["There is no such parameter. This address takes none."]}


def test_a_write_with_a_mistyped_parameter_does_nothing(as_alice, alice):
    kettle = make_product(alice, "Kettle", 3)
    answer = as_alice.delete(f"/api/products/{kettle.pk}/?dry_run=true")
    assert answer.status_code == 400
    assert as_alice.get(f"/api/products/{kettle.pk}/").status_code == 200


def test_a_list_s_filters_are_unknown_to_its_post(as_alice):
    assert as_alice.post("/api/suppliers/?search=x", {"name": "Acme"}).status_code == 400
    assert as_alice.get("/api/suppliers/").json()["count"] == 0


@pytest.mark.parametrize("name", ["_", "_t", "_dc", "utm_source"])
def test_what_others_add_to_an_address_is_ignored(as_alice, name):
    assert name.startswith(IGNORED_PREFIXES)
    assert as_alice.get("/api/products/", {name: "17"}).status_code == 200


def test_a_page_of_more_than_100_still_means_100(as_alice):
    assert as_alice.get("/api/products/?page_size=5000").status_code == 200


def test_a_cursor_list_names_next_for_a_page(as_alice):
    answer = as_alice.get("/api/stock/?page=2")
    assert (answer.status_code, "`next`" in answer.json()["page"][0]) == (400, True)


def test_format_is_known_where_it_chooses_the_answer(as_alice, alice):
    kettle = make_product(alice, "Kettle", 3)
    assert as_alice.get("/api/products/?format=json").status_code == 200
    assert as_alice.get(f"/api/products/{kettle.pk}/?format=api").status_code == 200
    assert as_alice.get("/api/products/export/?format=csv").status_code == 400


def test_the_schema_takes_format_alone(as_nobody):
    assert as_nobody.get("/api/schema/?format=json").status_code == 200
    assert as_nobody.get("/api/schema/?fromat=json").json() == {
        "fromat": ["There is no such parameter. Did you mean format?"]
    }


def test_options_describes_whatever_the_query(as_alice):
    assert as_alice.options("/api/products/?nonsense=1").status_code == 200


def test_head_takes_what_get_takes(as_alice):
    assert as_alice.head("/api/products/?low_stock=true").status_code == 200
    assert as_alice.head("/api/products/?low_stok=true").status_code == 400


def test_a_filtered_page_still_shows_its_forms_and_they_go_to_the_address_alone(as_alice):
    page = as_alice.get("/api/suppliers/?search=a&page_size=5", headers={"Accept": "text/html"}).text
    assert '<form id="post-object-form" action="/api/suppliers/"' in page
    assert "POST as JSON" in page


def test_a_page_says_what_is_wrong_with_its_address(as_alice):
    page = as_alice.get("/api/suppliers/?serch=a", headers={"Accept": "text/html"})
    assert (page.status_code, "Did you mean search?" in page.text) == (400, True)


def test_a_very_long_name_is_refused_without_a_search_for_the_nearest():
    assert find_nearest("low_stok", frozenset({"low_stock"})) == "low_stock"
    assert find_nearest("low_stock" * 20, frozenset({"low_stock"})) is None
