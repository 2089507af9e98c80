"""The texts of a supplier are trimmed, normalised to NFC, without control characters and of limited length."""

import json

from suppliers.models import Supplier
from testing.tables import all_cases

URL = "/api/suppliers/"
FIELDS = ("name", "contact_email", "phone_number")


def post(client, **fields):
    return client.post(URL, {"name": "Acme"} | fields)


def test_text_is_stored_trimmed_and_normalised(as_alice):
    answer = post(as_alice, name="  Cafe\u0301 \n", contact_email=" a@cafe\u0301.example ", phone_number="\t1 2 ")
    assert answer.status_code == 201
    assert [answer.json()[field] for field in FIELDS] == ["Café", "a@café.example", "1 2"]


@all_cases("field", ["contact_email", "phone_number"])
@all_cases("nothing", ["", "  ", None])
def test_an_optional_text_may_be_empty_or_null(as_alice, field, nothing):
    answer = post(as_alice, **{field: nothing})
    assert (answer.status_code, answer.json()[field]) == (201, "")


@all_cases("nothing", ["", "  ", None])
def test_the_name_may_not_be_empty(as_alice, nothing):
    answer = post(as_alice, name=nothing)
    assert answer.status_code == 400
    assert list(answer.json()) == ["name"]


@all_cases(("field", "length"), [("name", 255), ("phone_number", 64)])
def test_a_text_may_have_its_maximum_length_but_not_more(as_alice, field, length):
    assert post(as_alice, **{field: "é" * length}).status_code == 201
    answer = post(as_alice, **{"name": "Apex", field: "é" * (length + 1)})
    assert (answer.status_code, list(answer.json())) == (400, [field])


def test_refuses_invalid_email_addresses(as_alice):
    for address in ("acme", "a@b", "@acme.example", "a b@acme.example", f"{'a' * 250}@acme.example"):
        answer = post(as_alice, contact_email=address)
        assert (answer.status_code, list(answer.json())) == (400, ["contact_email"])


@all_cases("field", FIELDS)
@all_cases("format", ["json", "multipart"])
def test_control_characters_are_refused(as_alice, field, format):
    for character in "\x00\x01\x08\n\t\x1b\x7f\x80\x9f":
        value = f'"a{character}b"@acme.example' if field == "contact_email" else f"a{character}b"
        answer = as_alice.post(URL, {"name": "Acme", field: value}, format=format)
        assert (answer.status_code, type(answer.json())) == (400, dict), repr(character)
    assert not Supplier.objects.exists()


WRONG = ["1", "1.5", "1e400", "NaN", "true", "[]", "{}", '["x"]', '{"x": 1}', '"\\u0000"', '"\\ud800"', "9" * 500]


@all_cases("field", FIELDS)
@all_cases("method", ["POST", "PATCH"])
def test_a_hostile_value_is_refused_and_writes_nothing(as_alice, alice, field, method):
    apex = Supplier.objects.create(owner=alice, name="Apex")
    before = list(Supplier.objects.values())
    for value in WRONG:
        body = json.dumps({"name": "Acme", field: "?"}).replace('"?"', value)
        address = URL if method == "POST" else f"{URL}{apex.pk}/"
        answer = as_alice.generic(method, address, body, content_type="application/json")
        assert (answer.status_code, type(answer.json())) == (400, dict), value
    assert list(Supplier.objects.values()) == before


def test_refuses_a_body_that_is_not_a_json_object(as_alice):
    for body in (b"", b"{", b"[]", b"null", b"1", b'"x"', b"\xff", b"[" * 100_000, b'{"a":' * 100_000):
        answer = as_alice.post(URL, body, content_type="application/json")
        assert (answer.status_code, type(answer.json())) == (400, dict), body[:10]


@all_cases("method", ["GET", "PUT", "PATCH", "DELETE"])
def test_an_unknown_or_malformed_id_is_a_404(as_alice, method):
    for number in ("0", "9" * 19, "9" * 20, "9" * 400, "-1", "1_0", "\uff11", "1.0", "x", "%00"):
        answer = as_alice.generic(method, f"{URL}{number}/", b"{}", content_type="application/json")
        assert (answer.status_code, answer.json()) == (404, {"detail": "Not found.", "code": "not_found"}), number
