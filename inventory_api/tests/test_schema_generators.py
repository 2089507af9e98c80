"""The schema holds nothing that client generators fail on. `make client` runs the generators themselves."""

from collections import Counter
from itertools import chain

import pytest

from testing.schemas import list_operations


def parts(part):
    """Every object of the document."""
    if isinstance(part, dict):
        yield part
        part = list(part.values())
    for inner in part if isinstance(part, list) else ():
        yield from parts(inner)


@pytest.fixture
def everything(schema):
    return list(parts(schema))


def test_no_value_is_a_choice_of_types(everything):
    """Of a union, generators make code that does not compile, or that can't tell which of the types it has read."""
    assert [part for part in everything if "oneOf" in part or "anyOf" in part] == []


def test_every_integer_has_64_bits(everything):
    integers = [part for part in everything if part.get("type") == "integer"]
    assert {part.get("format") for part in integers} == {"int64"}
    assert len(integers) > 100


def test_a_text_is_not_said_to_be_a_number(everything):
    """Go makes a float64 of `decimal`, which the text of a price does not fit."""
    assert [part for part in everything if part.get("format") == "decimal"] == []


def test_an_email_is_plain_text(schema):
    emails = [part["properties"]["email"] for part in parts(schema) if "email" in part.get("properties", {})]
    emails += [
        part["properties"]["contact_email"] for part in parts(schema) if "contact_email" in part.get("properties", {})
    ]
    assert {(email["type"], email["maxLength"], email.get("format")) for email in emails} == {("string", 254, None)}


def test_what_may_be_null_has_a_type(everything):
    assert [part for part in everything if "nullable" in part and "type" not in part] == []


def test_no_two_enums_share_a_value(schema):
    """Go makes a constant of each value, by its name alone."""
    enums = [part["enum"] for part in schema["components"]["schemas"].values() if "enum" in part]
    assert [value for value, times in Counter(chain(*enums)).items() if times > 1] == []
    assert len(enums) > 3


def test_a_400_is_one_object(schema):
    assert schema["components"]["responses"]["Invalid"]["content"]["application/json"]["schema"] == {
        "$ref": "#/components/schemas/Invalid"
    }
    invalid = schema["components"]["schemas"]["Invalid"]
    assert (invalid["type"], invalid["additionalProperties"], invalid.get("required")) == ("object", True, None)


def test_fields_of_requests_have_no_type_of_a_number_in_a_400(schema):
    """`{"product": ["..."]}` is a field error, and `{"code": "...", "product": 7}` a refusal: both fit."""
    fields = {name for _, _, operation in list_operations(schema) for name in names(schema, operation)}
    typed = {name for name, part in schema["components"]["schemas"]["Invalid"]["properties"].items() if "type" in part}
    assert fields & typed == {"lines"}
    assert schema["components"]["schemas"]["Invalid"]["properties"]["lines"]["items"] == {}
    assert {"product", "reason", "operation"} <= fields


def names(schema, operation):
    """The fields and parameters that a request may have."""
    yield from (parameter["name"] for parameter in operation.get("parameters", []))
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    if "$ref" in body:
        yield from schema["components"]["schemas"][body["$ref"].rpartition("/")[2]]["properties"]


def test_the_document_says_where_the_api_is_and_under_which_licence(schema):
    assert [server["url"] for server in schema["servers"]] == ["/"]
    assert schema["info"]["license"]["name"] == "MIT"


def test_the_addresses_of_other_pages_are_well_formed(schema):
    pages = {name: part for name, part in schema["components"]["schemas"].items() if name.startswith("Paginated")}
    examples = {part["properties"][name]["example"] for part in pages.values() for name in ("next", "previous")}
    assert examples == {
        "https://inventory.example.org/api/products/?page=4",
        "https://inventory.example.org/api/products/?page=2",
        "https://inventory.example.org/api/stock/?cursor=cD00ODY%3D",
        "https://inventory.example.org/api/stock/?cursor=cj0xJnA9NDg3",
    }
