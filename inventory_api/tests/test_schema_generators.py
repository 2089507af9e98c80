"""The schema contains nothing that makes client generators fail. `make client` runs the generators themselves."""

from collections import Counter
from itertools import chain

import pytest
from django.conf import settings

from testing.laws.schemas import list_names, list_operations
from testing.tables import all_cases

RELEASES = sorted(settings.BASE_DIR.glob("testing/releases/*.names"))


def iterate_objects(part):
    """Yield every object of the document."""
    if isinstance(part, dict):
        yield part
        part = list(part.values())
    for inner in part if isinstance(part, list) else ():
        yield from iterate_objects(inner)


@pytest.fixture
def objects(schema):
    return list(iterate_objects(schema))


def test_no_value_is_a_union_of_types(objects):
    """For a union, generators write code that does not compile, or that can't distinguish the types."""
    assert [part for part in objects if "oneOf" in part or "anyOf" in part] == []


def test_every_integer_has_64_bits(objects):
    integers = [part for part in objects if part.get("type") == "integer"]
    assert {part.get("format") for part in integers} == {"int64"}
    assert len(integers) > 100


def test_no_text_has_the_format_decimal(objects):
    """The Go client would parse `decimal` as float64, but prices are texts."""
    assert [part for part in objects if part.get("format") == "decimal"] == []


def test_an_email_has_no_format(schema):
    emails = [part["properties"]["email"] for part in iterate_objects(schema) if "email" in part.get("properties", {})]
    emails += [
        part["properties"]["contact_email"]
        for part in iterate_objects(schema)
        if "contact_email" in part.get("properties", {})
    ]
    assert {(email["type"], email["maxLength"], email.get("format")) for email in emails} == {("string", 254, None)}


def test_every_nullable_schema_has_a_type(objects):
    assert [part for part in objects if "nullable" in part and "type" not in part] == []


def test_no_nullable_field_has_the_name_of_its_component(schema):
    """openapi-python-client has one variable for both."""
    components = schema["components"]["schemas"].items()
    nullable = {name: [key for key, value in part.get("properties", {}).items() if value.get("nullable")]
                for name, part in components}  # fmt: skip
    assert [name for name, fields in nullable.items() if name.lower() in {key.replace("_", "") for key in fields}] == []


@all_cases("file", RELEASES)
def test_the_names_of_a_release_stay(schema, file):
    """Programs name the functions and types of the clients that are generated from the schema."""
    assert set(file.read_text().splitlines()) - set(list_names(schema)) == set()


def test_every_component_is_used(schema, objects):
    """The linters of `make client` refuse a component that nothing refers to."""
    used = {part["$ref"] for part in objects if "$ref" in part}
    groups = {kind: part for kind, part in schema["components"].items() if kind != "securitySchemes"}
    assert [name for kind, part in groups.items() for name in part if f"#/components/{kind}/{name}" not in used] == []


def test_no_two_enums_share_a_value(schema):
    """The Go client defines a constant for each value, and names it after the value only."""
    enums = [part["enum"] for part in schema["components"]["schemas"].values() if "enum" in part]
    assert [value for value, times in Counter(chain(*enums)).items() if times > 1] == []
    assert len(enums) > 3


def test_choices_of_parameters_are_those_of_the_components(schema):
    """Otherwise clients get a type for each parameter."""
    known = {frozenset(part["enum"]) for part in schema["components"]["schemas"].values() if "enum" in part}
    choices = [
        (parameter["name"], frozenset(part["enum"]))
        for _, _, operation in list_operations(schema)
        for parameter in operation["parameters"]
        for part in iterate_objects(parameter)
        if "enum" in part
    ]
    assert [name for name, values in choices if values in known] == []


def test_the_choices_of_each_parameter_stand_once(objects):
    """Those of orders and of some formats overlap with others, so their parameters are components."""
    times = Counter(tuple(part["enum"]) for part in objects if "enum" in part)
    assert [values for values, number in times.items() if number > 1] == []


def test_a_400_is_one_object(schema):
    assert schema["components"]["responses"]["Invalid"]["content"]["application/json"]["schema"] == {
        "$ref": "#/components/schemas/Invalid"
    }
    invalid = schema["components"]["schemas"]["Invalid"]
    assert (invalid["type"], invalid["additionalProperties"], invalid.get("required")) == ("object", True, None)


def test_properties_of_a_400_that_are_also_fields_have_no_type(schema):
    """Both fit: `{"product": ["..."]}` is a field error, and `{"code": "...", "product": 7}` is a refusal."""
    fields = {name for _, _, operation in list_operations(schema) for name in request_names(schema, operation)}
    typed = {name for name, part in schema["components"]["schemas"]["Invalid"]["properties"].items() if "type" in part}
    assert fields & typed == {"lines"}
    assert schema["components"]["schemas"]["Invalid"]["properties"]["lines"]["items"] == {}
    assert {"product", "reason", "operation"} <= fields


def request_names(schema, operation):
    """Yield the fields and parameters that a request may have."""
    yield from (parameter["name"] for parameter in operation.get("parameters", []))
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    if "$ref" in body:
        yield from schema["components"]["schemas"][body["$ref"].rpartition("/")[2]]["properties"]


def test_the_schema_names_server_and_licence(schema):
    assert [server["url"] for server in schema["servers"]] == ["/"]
    assert schema["info"]["license"]["name"] == "MIT"


def test_the_example_links_of_pages_are_well_formed(schema):
    pages = {name: part for name, part in schema["components"]["schemas"].items() if name.startswith("Paginated")}
    examples = {part["properties"][name]["example"] for part in pages.values() for name in ("next", "previous")}
    assert examples == {
        "https://inventory.example.org/api/products/?page=4",
        "https://inventory.example.org/api/products/?page=2",
        "https://inventory.example.org/api/stock/?cursor=cD00ODY%3D",
        "https://inventory.example.org/api/stock/?cursor=cj0xJnA9NDg3",
    }
