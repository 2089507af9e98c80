"""The schema of errors and headers: every status has a valid example, and every code is in an enum."""

import re

from jsonschema import Draft202012Validator

from core.http.logging import REQUEST_ID
from inventory_api.schema.responses import EXAMPLES, EXAMPLES_OF_400, KEY_PATTERN, REFUSALS
from inventory_api.tests.test_error_codes import parse_table
from records.idempotency.decorators import VALID_KEY
from testing.laws.schemas import list_operations, resolve_reference, to_json_schema
from testing.tables import all_cases


def test_the_enum_has_every_error_code(schema):
    assert schema["components"]["schemas"]["ErrorCode"]["enum"] == sorted(parse_table())


def test_every_error_refers_to_the_enum_of_codes(schema):
    parts = schema["components"]["schemas"]
    for name in ("Error", "LineError"):
        assert parts[name]["properties"]["code"] == {"$ref": "#/components/schemas/ErrorCode"}
    # The other kind is a list of a field's messages.
    assert parts["Invalid"]["properties"]["code"]["description"].startswith("An ErrorCode")


@all_cases("status", REFUSALS)
def test_every_example_fits_its_schema_and_status(schema, status):
    name, _ = REFUSALS[status]
    content = schema["components"]["responses"][name]["content"]["application/json"]
    examples = [content["example"]] if "example" in content else [e["value"] for e in content["examples"].values()]
    whole = {**content["schema"], "components": {"schemas": to_json_schema(schema["components"]["schemas"])}}
    for example in examples:
        assert list(Draft202012Validator(whole).iter_errors(example)) == []
        assert "code" not in example or parse_table()[example["code"]][0] == int(status)
    assert len(examples) > 0


def test_every_status_has_a_different_example():
    assert len({example["code"] for example in EXAMPLES.values()}) == len(EXAMPLES) == len(REFUSALS) - 1


def test_the_examples_equal_the_responses(as_alice, as_bob, as_nobody, kettle):
    answers = [
        as_nobody.get("/api/products/"),
        as_bob.post("/api/products/", {}),
        as_alice.get("/api/products/0/"),
        as_alice.get("/api/products/", headers={"Accept": "image/png"}),
        as_alice.generic("POST", "/api/products/", b"x", content_type="text/plain"),
    ]
    for name in "ab":
        reused = as_alice.post("/api/suppliers/", {"name": name}, headers={"Idempotency-Key": "1"})
    answers.append(reused)
    assert [answer.status_code for answer in answers] == [401, 403, 404, 406, 415, 422]
    for answer in answers:
        assert answer.json() == EXAMPLES[str(answer.status_code)]


def test_the_examples_of_a_400_have_the_fields_of_the_responses(as_alice, kettle):
    wrong_field = as_alice.post("/api/products/", {"price": "1"})
    assert wrong_field.json() == EXAMPLES_OF_400["A wrong field"]
    stock = as_alice.get(f"/api/products/{kettle.pk}/").json()["quantity"]
    line = {"product": kettle.pk, "movement_type": "OUT", "quantity": stock + 2}
    rule = as_alice.post("/api/stock/", line).json()
    assert rule.keys() == EXAMPLES_OF_400["A rule of the stock"].keys()
    lines = as_alice.post("/api/stock/operations/", {"lines": [line]}).json()
    assert lines.keys() == EXAMPLES_OF_400["Wrong lines"].keys()
    assert lines["lines"][0].keys() == EXAMPLES_OF_400["Wrong lines"]["lines"][0].keys()


def test_the_example_of_a_409_has_the_fields_of_the_response(as_alice, kettle):
    body = {"product": kettle.pk, "movement_type": "IN", "quantity": 1, "expected_quantity": 999}
    answer = as_alice.post("/api/stock/", body)
    assert (answer.status_code, answer.json().keys()) == (409, EXAMPLES["409"].keys())


def test_a_value_of_errors_has_one_type(schema):
    parts = [schema["components"]["schemas"][name]["properties"] for name in ("Error", "Invalid", "LineError")]
    types = {
        name: {part[name].get("type") for part in parts if name in part} - {None} for part in parts for name in part
    }
    assert {name: found for name, found in types.items() if len(found) > 1} == {}
    assert types["total"] == set()


def test_the_headers_of_every_response_are_described(schema):
    for path, method, operation in list_operations(schema):
        for status, answer in operation["responses"].items():
            described = resolve_reference(schema, answer)["headers"]
            assert "X-Request-ID" in described, (path, method, status)
            assert ("Retry-After" in described) == (status in ("429", "503"))
            assert all(resolve_reference(schema, header)["description"] for header in described.values())


def test_idempotent_replayed_is_described_for_operations_with_a_key(schema):
    number = 0
    for path, method, operation in list_operations(schema):
        keyed = any(parameter["name"] == "Idempotency-Key" for parameter in operation.get("parameters", []))
        number += keyed
        done = [answer for status, answer in operation["responses"].items() if status < "400"]
        described = [resolve_reference(schema, answer).get("headers", {}) for answer in done]
        assert ["Idempotent-Replayed" in headers for headers in described] == [keyed] * len(done), (path, method)
        assert done, (path, method)
    assert number > 50


def test_the_pattern_of_the_request_id_is_the_one_that_is_checked(schema):
    pattern = schema["components"]["headers"]["X-Request-ID"]["schema"]["pattern"]
    assert pattern == f"^{REQUEST_ID.pattern}$"


@all_cases("key", ["a", "receipt 4711", "~" * 255, "a" + " " * 253 + "b"])
def test_accepts_the_keys_that_the_schema_allows(key):
    assert re.search(KEY_PATTERN, key)
    assert VALID_KEY.fullmatch(key)


@all_cases("key", ["", " ", "é", "a\x7f", "a" * 256, " a"])
def test_rejects_or_strips_the_keys_that_the_schema_forbids(key):
    assert not re.search(KEY_PATTERN, key)
    assert not VALID_KEY.fullmatch(key.strip()) or key != key.strip()
