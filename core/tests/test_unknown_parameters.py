"""Every route accepts the query parameters that the schema lists, each once. It refuses others by name."""

import pytest

from core.http.schema_checks import IGNORED_PREFIXES, describe_unknown_parameter, find_nearest
from testing.cast.people import make_product
from testing.cast.shops import WALKED_ROLES
from testing.laws.walk import (
    SUCCESS,
    address_of,
    body_of,
    expected_outcome,
    list_calls,
    send_and_roll_back,
)
from testing.tables import all_cases
from users.access.permissions import ANYONE, routes

pytestmark = [pytest.mark.usefixtures("shared_world")]
UNKNOWN = "no_such_thing"


def add_parameter(address, parameter):
    """Return the address with a further parameter. The address of a scan has one already, which it needs."""
    return f"{address}{'&' if '?' in address else '?'}{parameter}"


@pytest.mark.usefixtures("unchanged")
@pytest.mark.parametrize(
    "role",
    WALKED_ROLES,
)
def test_every_route_refuses_an_unknown_parameter_after_401_403_and_404(world, role):
    wrong = {}
    client = world.client(role)
    for call in list_calls():
        address = add_parameter(address_of(call, role, world), f"{UNKNOWN}=1")
        response = send_and_roll_back(client, call.method, address, body_of(call, role, world))
        # A 401 of these routes is about the body, which is checked later.
        is_open = routes()[call.route].roles[call.method] == ANYONE
        expected = expected_outcome(call, role)
        # The parameters are checked before the code that they contain.
        is_in_query = call.route in ("scan", "key-self") and expected == 404
        wanted = 400 if is_open or is_in_query or expected in (SUCCESS, 409) else expected
        if response.status != wanted or (wanted == 400 and UNKNOWN not in response.content):
            wrong[str(call)] = (response.status, wanted, response.content[:100])
    assert wrong == {}


def test_every_route_accepts_the_parameters_in_its_schema(world):
    count, client = 0, world.client("alice")
    for call in list_calls():
        body = body_of(call, "alice", world)
        for name in set(call.parameters("query")) - {"code"}:  # the code of a scan can't be empty
            address = add_parameter(address_of(call, "alice", world), f"{name}=")
            response = send_and_roll_back(client, call.method, address, body)
            answered = response.outcome, name in response.content and response.status == 400
            assert answered == (expected_outcome(call, "alice"), False), (str(call), name, response.content)
            count += 1
    assert count > 100


@pytest.mark.long
def test_an_unknown_parameter_is_refused_beside_each_known_one(world):
    client, wrong = world.client("alice"), {}
    for call in list_calls():
        for name in call.parameters("query"):
            address = add_parameter(address_of(call, "alice", world), f"{name}=1&{UNKNOWN}=1")
            response = send_and_roll_back(client, call.method, address, body_of(call, "alice", world))
            if response.status not in (400, 404):
                wrong[f"{call} {name}"] = response.status
    assert wrong == {}


def test_a_parameter_given_twice_is_refused_unless_the_schema_lets_it_explode(world):
    client, repeatable = world.client("alice"), set()
    for call in list_calls():
        for name in call.parameters("query"):
            address = f"{address_of(call, 'alice', world).partition('?')[0]}?{name}=&{name}="
            response = send_and_roll_back(client, call.method, address, body_of(call, "alice", world))
            if "This parameter is given 2 times. Give it once." not in response.content:
                repeatable.add((call.path, name))
    assert {name for _path, name in repeatable} == {"id__in", "sku__in", "external_id__in", "tag"}


@all_cases(
    "address",
    [
        "/api/products/?search=pot&search=lid",
        "/api/reports/movements/?category=1&category=2&format=csv",
        "/api/products/export/?sku=A&sku=B",
        "/api/suppliers/?metadata.till=1&metadata.till=2",
        "/api/products/?option.size=M&option.size=L",
        "/api/reports/movements/?product=1&product=2",
        "/api/scan/?code=1&code=2",
        "/api/events/?type=stock.low&type=product.created",
    ],
)
def test_names_the_parameter_that_is_given_twice(as_alice, address):
    name = address.partition("?")[2].partition("=")[0]
    assert as_alice.get(address).json() == {name: ["This parameter is given 2 times. Give it once."]}


def test_a_write_with_a_repeated_parameter_has_no_effect(as_alice):
    response = as_alice.post(
        "/api/products/import/?dry_run=true&dry_run=false", b"name,price\nPot,1", content_type="text/csv"
    )
    assert (response.status_code, list(response.json())) == (400, ["dry_run"])
    assert as_alice.get("/api/products/").json()["count"] == 0


def test_a_missing_row_takes_precedence_over_an_unknown_parameter(world):
    client = world.client("alice")
    for call in list_calls():
        if call.model:
            address = f"{call.address_for(999_999_999)}?{UNKNOWN}=1"
            response = send_and_roll_back(client, call.method, address, body_of(call, "alice", world))
            assert response.status == 404, str(call)


@all_cases(
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
def test_suggests_the_nearest_known_parameter(as_alice, path, name, near):
    response = as_alice.get(path, {name: "true"})
    message = f"There is no such parameter. Did you mean {near}?"
    assert (response.status_code, response.json()) == (400, {name: [message]})


def test_lists_all_parameters_if_none_is_similar(as_alice):
    response = as_alice.get("/api/suppliers/?shade=blue&lang=de")
    message = (
        "There is no such parameter. This address takes archived, columns, external_id, fields, format, metadata.,"
        " ordering, page, page_size, search."
    )
    assert response.json() == {"shade": [message], "lang": [message]}


def test_says_if_a_route_takes_no_parameters(as_alice):
    response = as_alice.get("/api/dashboard/?day=1")
    assert response.json() == {"day": ["There is no such parameter. This address takes format."]}
    response = as_alice.get("/api/products/import/template/?day=1")
    assert response.json() == {"day": ["There is no such parameter. This address takes columns, csv, format."]}
    assert describe_unknown_parameter("day", frozenset()) == "There is no such parameter. This address takes none."


def test_a_write_with_a_mistyped_parameter_has_no_effect(as_alice, alice):
    kettle = make_product(alice, "Kettle", 3)
    response = as_alice.delete(f"/api/products/{kettle.pk}/?dry_run=true")
    assert response.status_code == 400
    assert as_alice.get(f"/api/products/{kettle.pk}/").status_code == 200


def test_a_post_does_not_accept_the_filters_of_its_list(as_alice):
    assert as_alice.post("/api/suppliers/?search=x", {"name": "Acme"}).status_code == 400
    assert as_alice.get("/api/suppliers/").json()["count"] == 0


@all_cases("name", ["_", "_t", "_dc", "utm_source"])
def test_ignores_parameters_that_other_programs_add(as_alice, name):
    assert name.startswith(IGNORED_PREFIXES)
    assert as_alice.get("/api/products/", {name: ["17", "18"]}).status_code == 200


def test_accepts_a_page_size_above_100(as_alice):
    assert as_alice.get("/api/products/?page_size=5000").status_code == 200


def test_refuses_page_in_cursor_lists_and_points_to_next(as_alice):
    response = as_alice.get("/api/stock/?page=2")
    assert (response.status_code, "`next`" in response.json()["page"][0]) == (400, True)


def test_accepts_format_if_it_selects_the_renderer(as_alice, alice):
    kettle = make_product(alice, "Kettle", 3)
    assert as_alice.get("/api/products/?format=json").status_code == 200
    assert as_alice.get(f"/api/products/{kettle.pk}/?format=api").status_code == 200
    assert as_alice.get("/api/products/export/?format=csv").status_code == 200
    assert as_alice.get("/api/products/export/?format=json").status_code == 400


def test_the_schema_route_accepts_only_format(as_nobody):
    assert as_nobody.get("/api/schema/?format=json").status_code == 200
    assert as_nobody.get("/api/schema/?fromat=json").json() == {
        "fromat": ["There is no such parameter. Did you mean format?"]
    }


def test_options_ignores_unknown_parameters(as_alice):
    assert as_alice.options("/api/products/?nonsense=1").status_code == 200


def test_head_accepts_the_parameters_of_get(as_alice):
    assert as_alice.head("/api/products/?low_stock=true").status_code == 200
    assert as_alice.head("/api/products/?low_stok=true").status_code == 400


def test_a_page_shows_the_error_of_its_address(as_alice):
    page = as_alice.get("/api/suppliers/?serch=a", headers={"Accept": "text/html"})
    assert (page.status_code, "Did you mean search?" in page.text) == (400, True)


def test_does_not_compare_very_long_names():
    assert find_nearest("low_stok", frozenset({"low_stock"})) == "low_stock"
    assert find_nearest("low_stock" * 20, frozenset({"low_stock"})) is None
