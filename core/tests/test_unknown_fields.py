"""A field that a route does not know is ignored and reported, or refused if the client prefers that."""

import pytest

from core.http.schema_checks import MAX_NAME_LENGTH, MAX_NAMES, prefers_strict
from products.models import Product
from stock.models import Location, Lot
from testing.cast.people import make_product
from testing.laws.walk import JSON, address_of, body_of, expected_outcome, list_calls, send_and_roll_back
from testing.tables import all_cases

pytestmark = pytest.mark.usefixtures("shared_world")
STRICT = {"Prefer": "handling=strict"}
UNKNOWN = "no_such_field"
BODIES = [call for call in list_calls() if JSON in call.operation.get("requestBody", {}).get("content", {})]


def ignored_fields_of(response):
    return response.headers.get("Ignored-Fields")


def test_every_route_ignores_an_unknown_field_and_reports_it(world):
    client = world.client("alice")
    for call in BODIES:
        address, body = address_of(call, "alice", world), body_of(call, "alice", world)
        response = send_and_roll_back(client, call.method, address, {**body, UNKNOWN: 1})
        assert (response.outcome, ignored_fields_of(response)) == (expected_outcome(call, "alice"), UNKNOWN), str(call)
        assert ignored_fields_of(send_and_roll_back(client, call.method, address, body)) is None, str(call)
    assert len(BODIES) > 20


@pytest.mark.usefixtures("unchanged")
def test_every_route_refuses_an_unknown_field_if_the_client_prefers_that(world):
    client = world.client("alice")
    for call in BODIES:
        address, body = address_of(call, "alice", world), body_of(call, "alice", world)
        response = send_and_roll_back(client, call.method, address, {**body, UNKNOWN: 1}, **STRICT)
        assert (response.status, UNKNOWN in response.content) == (400, True), str(call)
        assert response.headers["Preference-Applied"] == "handling=strict"


def test_every_route_accepts_its_own_example_with_strict_handling(world):
    client = world.client("alice")
    for call in BODIES:
        address, body = address_of(call, "alice", world), body_of(call, "alice", world)
        response = send_and_roll_back(client, call.method, address, body, **STRICT)
        assert response.outcome == expected_outcome(call, "alice"), str(call)
        assert response.headers.get("Preference-Applied") == "handling=strict", str(call)


def test_the_schema_describes_the_headers_of_every_route_with_a_body():
    for call in BODIES:
        assert "Prefer" in call.parameters("header"), str(call)
        described = [response for status, response in call.operation["responses"].items() if status.startswith("2")]
        assert all({"Ignored-Fields", "Preference-Applied"} <= response["headers"].keys() for response in described)


def test_lists_mistyped_names_and_applies_the_other_fields(as_alice, kettle):
    response = as_alice.patch(f"/api/products/{kettle.pk}/", {"qauntity": 5, "min_threshold": 2, "refernce": "x"})
    assert (response.status_code, ignored_fields_of(response)) == (200, "qauntity, refernce")
    assert response.json()["min_threshold"] == 2


def test_strict_handling_suggests_the_nearest_known_name(as_alice, kettle):
    body = {"qauntity": 5, "colour": "red", "min_threshold": 2}
    response = as_alice.patch(f"/api/products/{kettle.pk}/", body, headers=STRICT)
    assert response.status_code == 400
    assert response.json() == {
        "qauntity": ["There is no such field. Did you mean quantity?"],
        "colour": ["There is no such field."],
    }
    assert Product.objects.get(pk=kettle.pk).min_threshold != 2


@pytest.mark.quick
def test_lists_an_unknown_field_of_lines_once_with_the_name_of_the_list(as_alice, kettle):
    line = {"product": kettle.pk, "movement_type": "IN", "quantity": 1, "expected_qty": 9}
    response = as_alice.post("/api/stock/operations/", {"lines": [line, line], "refernce": "x"})
    assert (response.status_code, ignored_fields_of(response)) == (201, "refernce, lines.expected_qty")
    refused = as_alice.post("/api/stock/operations/", {"lines": [line]}, headers=STRICT)
    message = "There is no such field. Did you mean expected_quantity?"
    assert (refused.status_code, refused.json()) == (400, {"lines.expected_qty": [message]})


@pytest.mark.parametrize("kind", ["products", "items", "suppliers", "categories", "locations", "lots", "users"])
def test_a_response_may_be_sent_back_with_strict_handling(world, kind):
    client, shop = world.client("alice"), world.own_shop("alice")
    row = shop.products[0]
    ids = {
        "locations": shop.id_of(Location),
        "lots": shop.id_of(Lot),
        "suppliers": row.supplier_id,
        "categories": row.category_id,
        "users": row.owner_id,
    }
    address = f"/api/{kind}/{ids.get(kind, row.pk)}/"
    response = client.put(address, client.get(address).json(), headers=STRICT)
    assert (response.status_code, ignored_fields_of(response)) == (200, None), response.content


def test_a_booking_may_repeat_the_fields_of_a_response(as_alice, kettle):
    booked = as_alice.post("/api/stock/", {"product": kettle.pk, "movement_type": "IN", "quantity": 1}).json()
    again = as_alice.post("/api/stock/", {**booked, "reason": "purchase"}, headers=STRICT)
    assert again.status_code == 201, again.content


# These are bodies as the clients of each README send them. R2 and R4 return tokens in the response.
README_BODIES = {
    "/api/register/": {"username": "jay", "email": "j@example.org", "password": "long-enough-9", "phone": "1"},
    "/api/users/": {"username": "kim", "email": "", "password": "long-enough-9", "role": "staff"},
    "/api/items/": {"name": "Laptop", "description": "", "quantity": 10, "price": 500000, "category": "Electronics"},
    "/api/products/": {"name": "Cup", "quantity_in_stock": 3, "price": "1.00", "category": "Cups", "supplier": None},
    "/api/categories/": {"name": "Cups", "owner": 999},
    "/api/suppliers/": {"name": "Acme", "contact_email": "a@example.org", "phone_number": "1"},
}


@pytest.mark.parametrize("address", README_BODIES)
def test_knows_the_field_names_of_each_readme(as_alice, address):
    response = as_alice.post(address, README_BODIES[address], headers=STRICT)
    assert (response.status_code, ignored_fields_of(response)) == (201, None), response.content


def test_knows_the_csrf_token_and_the_lines_of_a_form(as_alice, kettle):
    form = {"csrfmiddlewaretoken": "x", "lines[0]product": kettle.pk, "lines[0]counted": 3, "lines[0]conted": 3}
    response = as_alice.post("/api/stock/counts/", form, format="multipart")
    assert (response.status_code, ignored_fields_of(response)) == (201, "lines.conted")


def test_a_replay_reports_the_same_ignored_fields(as_alice):
    body, key = {"name": "Acme", "fax": "1"}, {"Idempotency-Key": "k"}
    first, again = [as_alice.post("/api/suppliers/", body, headers=key) for _ in range(2)]
    assert again.headers["Idempotent-Replayed"] == "true"
    assert ignored_fields_of(first) == ignored_fields_of(again) == "fax"


def test_a_strict_refusal_does_not_use_up_the_idempotency_key(as_alice):
    body, headers = {"name": "Acme", "fax": "1"}, {"Idempotency-Key": "k", **STRICT}
    assert as_alice.post("/api/suppliers/", body, headers=headers).status_code == 400
    assert as_alice.post("/api/suppliers/", {"name": "Acme"}, headers=headers).status_code == 201


@pytest.mark.parametrize("name", ["a\r\nSet-Cookie: a=b", "é☕", "a, b", "", "x" * 5000, "\x7f\x01", "a b"])
def test_no_name_can_break_the_header(as_alice, name):
    response = as_alice.post("/api/suppliers/", {"name": "Acme", name: 1})
    header = ignored_fields_of(response)
    assert header
    assert (response.status_code, "Set-Cookie" in response.headers) == (201, False)
    assert header.isascii()
    assert not set(header) & set("\r\n, ")
    assert len(header) <= MAX_NAME_LENGTH


@all_cases(
    ("name", "member"), [("", '""'), ('""', "??"), ('a"b', "a?b"), (",", "?"), ("\N{SNOWMAN}", "?"), ("fax", "fax")]
)
def test_each_ignored_name_is_one_member_of_the_header(as_alice, name, member):
    response = as_alice.post("/api/suppliers/", {"name": "Acme", "first": 1, name: 1, "last": 1})
    assert ignored_fields_of(response).split(", ") == ["first", member, "last"]


def test_reports_an_empty_name_in_a_line(as_alice, kettle):
    line = {"product": kettle.pk, "movement_type": "IN", "quantity": 1, "": 9}
    response = as_alice.post("/api/stock/operations/", {"lines": [line]})
    assert (response.status_code, ignored_fields_of(response)) == (201, "lines.")


def test_reports_at_most_max_names(as_alice):
    many = {f"field_{number}": 1 for number in range(5000)}
    response = as_alice.post("/api/suppliers/", {"name": "Acme", **many})
    assert ignored_fields_of(response).split(", ") == list(many)[:MAX_NAMES]
    refused = as_alice.post("/api/suppliers/", {"name": "Other", **many}, headers=STRICT)
    assert len(refused.json()) == MAX_NAMES


def test_an_error_reports_ignored_fields_too(as_alice, alice):
    kettle = make_product(alice, "Kettle", 3)
    response = as_alice.post("/api/stock/", {"product": kettle.pk, "movement_type": "IN", "qauntity": 5})
    assert (response.status_code, ignored_fields_of(response)) == (400, "qauntity")


def test_a_preference_without_a_body_is_not_applied(as_alice):
    assert "Preference-Applied" not in as_alice.get("/api/products/", headers=STRICT).headers


@all_cases(
    ("prefer", "expected"),
    [
        ("handling=strict", True),
        ('respond-async, Handling = "strict"; x=1', True),
        ("handling=lenient, handling=strict", False),
        ("handling=STRICT", True),
        ("strict", False),
        ("", False),
        ("handling", False),
    ],
)
def test_reads_the_first_handling_of_the_header(prefer, expected):
    assert prefers_strict(prefer) is expected
