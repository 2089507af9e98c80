"""An empty query parameter counts as absent, on every route, as the schema and the README say."""

import re

import pytest

from testing import walk

pytestmark = [pytest.mark.usefixtures("shared_world"), pytest.mark.check]
# Times, secrets and new ids differ between any two requests. Links to other pages repeat the empty parameters.
CHANGING = re.compile(r'"\d[\dT:.-]+Z"|"[\w-]{22,}"|"(id|category|operation|import)":\d+|"(next|previous)":"[^"]*"')


def read(call, world, *names):
    """Return the status, the type and the body of the response to a request with these parameters empty."""
    address = walk.address_of(call, "alice", world).partition("?")[0]
    query = "&".join(f"{name}=" for name in names)
    body = walk.body_of(call, "alice", world)
    answer = walk.send_and_roll_back(world.client("alice"), call.method, f"{address}?{query}", body)
    return answer.status, answer.headers.get("Content-Type"), CHANGING.sub("", answer.content)


def list_calls():
    return [call for call in walk.list_calls() if call.parameters("query")]


def test_an_empty_parameter_counts_as_absent(world):
    absent = {str(call): read(call, world) for call in list_calls()}
    tried = [(call, name) for call in list_calls() for name in call.parameters("query")]
    assert [(str(call), name) for call, name in tried if read(call, world, name) != absent[str(call)]] == []
    assert {call.method for call, _ in tried} == {"GET", "POST", "PUT", "DELETE"}
    assert len(tried) > 300


def test_all_parameters_can_be_empty_at_once(world):
    tried = list_calls()
    assert [str(call) for call in tried if read(call, world, *call.parameters("query")) != read(call, world)] == []


def test_the_schema_says_which_parameters_may_be_empty(schema):
    queries = [p for call in walk.list_calls() for p in call.operation.get("parameters", []) if p["in"] == "query"]
    assert {p["name"] for p in queries if not p.get("allowEmptyValue")} == {"code"}  # what is scanned is required
    assert "An empty parameter counts as absent." in schema["info"]["description"]
