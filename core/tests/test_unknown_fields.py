"""A field that a route does not take is ignored and reported; refused, if the client prefers that."""

import pytest

from core.request_checks.unknown_fields import MAX_NAME_LENGTH, MAX_NAMES, prefers_strict
from products.models import Product
from testing.cast import make_product
from testing.walk import DONE, JSON, address_of, body_of, calls, undone

STRICT = {"Prefer": "handling=strict"}
UNKNOWN = "no_such_field"
BODIES = [call for call in calls() if JSON in call.described.get("requestBody", {}).get("content", {})]


def ignored(answer):
    return answer.headers.get("Ignored-Fields")


def test_every_route_ignores_an_unknown_field_and_reports_it(world):
    for call in BODIES:
        address, body = address_of(call, "alice", world), body_of(call, "alice", world)
        answer = undone(world.client("alice"), call.method, address, {**body, UNKNOWN: 1})
        assert (answer.outcome, ignored(answer)) == (DONE, UNKNOWN), str(call)
        assert ignored(undone(world.client("alice"), call.method, address, body)) is None, str(call)
    assert len(BODIES) > 20


@pytest.mark.usefixtures("unchanged")
def test_every_route_refuses_it_where_the_client_prefers_that(world):
    for call in BODIES:
        address, body = address_of(call, "alice", world), body_of(call, "alice", world)
        answer = undone(world.client("alice"), call.method, address, {**body, UNKNOWN: 1}, **STRICT)
        assert (answer.status, UNKNOWN in answer.content) == (400, True), str(call)
        assert answer.headers["Preference-Applied"] == "handling=strict"


def test_every_route_takes_its_example_strictly(world):
    for call in BODIES:
        body = body_of(call, "alice", world)
        answer = undone(world.client("alice"), call.method, address_of(call, "alice", world), body, **STRICT)
        assert (answer.outcome, answer.headers.get("Preference-Applied")) == (DONE, "handling=strict"), str(call)


def test_the_schema_describes_the_preference_and_its_headers_where_a_body_is_taken():
    for call in BODIES:
        assert "Prefer" in call.parameters("header"), str(call)
        described = [answer for status, answer in call.described["responses"].items() if status.startswith("2")]
        assert all({"Ignored-Fields", "Preference-Applied"} <= answer["headers"].keys() for answer in described)


def test_mistyped_names_are_listed_and_the_rest_is_done(as_alice, kettle):
    answer = as_alice.patch(f"/api/products/{kettle.pk}/", {"qauntity": 5, "min_threshold": 2, "refernce": "x"})
    assert (answer.status_code, ignored(answer)) == (200, "qauntity, refernce")
    assert answer.json()["min_threshold"] == 2


def test_strictly_each_is_refused_with_the_nearest_known_one(as_alice, kettle):
    body = {"qauntity": 5, "colour": "red", "min_threshold": 2}
    answer = as_alice.patch(f"/api/products/{kettle.pk}/", body, headers=STRICT)
    assert answer.status_code == 400
    assert answer.json() == {
        "qauntity": ["There is no such field. Did you mean quantity?"],
        "colour": ["There is no such field."],
    }
    assert Product.objects.get(pk=kettle.pk).min_threshold != 2


def test_a_field_of_a_line_stands_behind_its_list_once(as_alice, kettle):
    line = {"product": kettle.pk, "movement_type": "IN", "quantity": 1, "expected_qty": 9}
    answer = as_alice.post("/api/stock/operations/", {"lines": [line, line], "refernce": "x"})
    assert (answer.status_code, ignored(answer)) == (201, "refernce, lines.expected_qty")
    refused = as_alice.post("/api/stock/operations/", {"lines": [line]}, headers=STRICT)
    message = "There is no such field. Did you mean expected_quantity?"
    assert (refused.status_code, refused.json()) == (400, {"lines.expected_qty": [message]})


@pytest.mark.parametrize("kind", ["products", "items", "suppliers", "categories", "users"])
def test_what_was_read_may_be_sent_back_strictly(world, kind):
    client, row = world.client("alice"), world.own("alice").products[0]
    ids = {"suppliers": row.supplier_id, "categories": row.category_id, "users": row.owner_id}
    address = f"/api/{kind}/{ids.get(kind, row.pk)}/"
    answer = client.put(address, client.get(address).json(), headers=STRICT)
    assert (answer.status_code, ignored(answer)) == (200, None), answer.content


def test_a_booking_may_repeat_what_an_answer_had(as_alice, kettle):
    booked = as_alice.post("/api/stock/", {"product": kettle.pk, "movement_type": "IN", "quantity": 1}).json()
    again = as_alice.post("/api/stock/", {**booked, "reason": "purchase"}, headers=STRICT)
    assert again.status_code == 201, again.content


# As a client of each README sends them; R2's and R4's tokens come in the answer.
DIALECTS = {
    "/api/register/": {"username": "jay", "email": "j@example.org", "password": "long-enough-9", "phone": "1"},
    "/api/users/": {"username": "kim", "email": "", "password": "long-enough-9", "role": "staff"},
    "/api/items/": {"name": "Laptop", "description": "", "quantity": 10, "price": 500000, "category": "Electronics"},
    "/api/products/": {"name": "Cup", "quantity_in_stock": 3, "price": "1.00", "category": "Cups", "supplier": None},
    "/api/categories/": {"name": "Cups", "owner": 999},
    "/api/suppliers/": {"name": "Acme", "contact_email": "a@example.org", "phone_number": "1"},
}


@pytest.mark.parametrize("address", DIALECTS)
def test_the_dialects_words_are_known(as_alice, address):
    answer = as_alice.post(address, DIALECTS[address], headers=STRICT)
    assert (answer.status_code, ignored(answer)) == (201, None), answer.content


def test_a_form_s_token_and_lines_are_known(as_alice, kettle):
    form = {"csrfmiddlewaretoken": "x", "lines[0]product": kettle.pk, "lines[0]counted": 3, "lines[0]conted": 3}
    answer = as_alice.post("/api/stock/counts/", form, format="multipart")
    assert (answer.status_code, ignored(answer)) == (201, "lines.conted")


def test_a_replay_reports_them_as_the_first_answer_did(as_alice):
    body, key = {"name": "Acme", "fax": "1"}, {"Idempotency-Key": "k"}
    first, again = [as_alice.post("/api/suppliers/", body, headers=key) for _ in range(2)]
    assert again.headers["Idempotent-Replayed"] == "true"
    assert ignored(first) == ignored(again) == "fax"


def test_a_strict_refusal_does_not_use_the_key_up(as_alice):
    body, headers = {"name": "Acme", "fax": "1"}, {"Idempotency-Key": "k", **STRICT}
    assert as_alice.post("/api/suppliers/", body, headers=headers).status_code == 400
    assert as_alice.post("/api/suppliers/", {"name": "Acme"}, headers=headers).status_code == 201


@pytest.mark.parametrize("name", ["a\r\nSet-Cookie: a=b", "é☕", "a, b", "", "x" * 5000, "\x7f\x01", "a b"])
def test_no_name_leaves_its_place_in_the_header(as_alice, name):
    answer = as_alice.post("/api/suppliers/", {"name": "Acme", name: 1})
    told = ignored(answer)
    assert told
    assert (answer.status_code, "Set-Cookie" in answer.headers) == (201, False)
    assert told.isascii()
    assert not set(told) & set("\r\n, ")
    assert len(told) <= MAX_NAME_LENGTH


@pytest.mark.parametrize(
    ("name", "member"), [("", '""'), ('""', "??"), ('a"b', "a?b"), (",", "?"), ("\N{SNOWMAN}", "?"), ("fax", "fax")]
)
def test_each_ignored_name_is_one_member_of_the_header(as_alice, name, member):
    answer = as_alice.post("/api/suppliers/", {"name": "Acme", "first": 1, name: 1, "last": 1})
    assert ignored(answer).split(", ") == ["first", member, "last"]


def test_an_empty_name_in_a_line_is_reported_behind_its_list(as_alice, kettle):
    line = {"product": kettle.pk, "movement_type": "IN", "quantity": 1, "": 9}
    answer = as_alice.post("/api/stock/operations/", {"lines": [line]})
    assert (answer.status_code, ignored(answer)) == (201, "lines.")


def test_names_are_told_up_to_a_number(as_alice):
    many = {f"field_{number}": 1 for number in range(5000)}
    answer = as_alice.post("/api/suppliers/", {"name": "Acme", **many})
    assert ignored(answer).split(", ") == list(many)[:MAX_NAMES]
    refused = as_alice.post("/api/suppliers/", {"name": "Other", **many}, headers=STRICT)
    assert len(refused.json()) == MAX_NAMES


def test_a_refusal_reports_them_too(as_alice, alice):
    kettle = make_product(alice, "Kettle", 3)
    answer = as_alice.post("/api/stock/", {"product": kettle.pk, "movement_type": "IN", "qauntity": 5})
    assert (answer.status_code, ignored(answer)) == (400, "qauntity")


def test_without_a_body_nothing_is_applied(as_alice):
    assert "Preference-Applied" not in as_alice.get("/api/products/", headers=STRICT).headers


@pytest.mark.parametrize(
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
def test_the_first_handling_of_the_header_counts(prefer, expected):
    assert prefers_strict(prefer) is expected
