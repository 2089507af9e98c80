"""Messages of both generations of the protocol, and what is refused."""

import json

import pytest
from django.test import Client

from core.http.parsers import MAX_DEPTH
from desk.agents import protocol
from desk.agents.tests.calling import MCP, META, Agent
from desk.agents.views import MAX_MESSAGE_BYTES
from testing.cast.people import client_of, client_with_key
from testing.tables import all_cases

VERSION = protocol.VERSION
LIST = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
HEADERS = {"MCP_Protocol_Version": VERSION, "Mcp_Method": "tools/list"}
CALL = {"jsonrpc": "2.0", "id": 1, "method": "tools/call"}
CALLED = {**HEADERS, "Mcp_Method": "tools/call"}


@pytest.fixture
def agent(alice):
    return Agent(client_with_key(alice, "read"))


def with_meta(body, **meta):
    return {**body, "params": {**body.get("params", {}), "_meta": {**META, **meta}}}


def without(name):
    return {key: value for key, value in META.items() if key != name}


# --- Requests of 2026-07-28 ------------------------------------------------------------------------------


def test_a_client_discovers_the_server(agent):
    result = agent.send("server/discover").json()["result"]
    assert (result["supportedVersions"][0], result["capabilities"]) == (VERSION, {"tools": {}})
    assert (result["resultType"], result["cacheScope"]) == ("complete", "private")
    assert result["_meta"][protocol.SERVER_INFO]["name"] == "inventory"


def test_the_list_of_tools_is_private_complete_and_not_cached(agent):
    answer = agent.send("tools/list", number="a")
    result = answer.json()
    assert answer.headers["Cache-Control"] == "no-store"
    assert (result["jsonrpc"], result["id"], result["result"]["cacheScope"]) == ("2.0", "a", "private")
    assert "nextCursor" not in result["result"]


def find_objects(schema):
    """Yield the parts of a schema that describe objects with named properties."""
    if isinstance(schema, dict):
        if "properties" in schema:
            yield schema
        for part in schema.values():
            yield from find_objects(part)


def test_the_tools_take_few_tokens_of_a_model(alice):
    """A model reads them in each conversation. 4.1 characters are a token: at most 1,900 tokens."""
    tools = Agent(client_with_key(alice, "manage")).send("tools/list").json()["result"]["tools"]
    assert len(tools) == 9
    assert len(json.dumps(tools, separators=(",", ":"))) < 7_450
    for tool in tools:
        assert tool["inputSchema"]["type"] == tool["outputSchema"]["type"] == "object"
        assert all(part["additionalProperties"] is False for part in find_objects(tool["inputSchema"]))
        hints = {"readOnlyHint"} if "confirm" not in tool["inputSchema"]["properties"] else {
            "destructiveHint", "idempotentHint",
        }  # fmt: skip
        assert {*tool["annotations"]} == {*hints, "openWorldHint"}


def test_a_name_in_base64_is_decoded_before_it_is_compared(agent):
    refused = agent.send("tools/call", {"name": "töpfe", "arguments": {}})
    assert refused.json()["error"] == {"code": -32602, "message": "Unknown tool: töpfe"}


# Bodies that are no JSON, and the messages that need the view.
REFUSED = {
    "no JSON": (b"{", {}, 400, -32700),
    "NaN": (b'{"jsonrpc": "2.0", "id": NaN, "method": "ping"}', {}, 400, -32700),
    "no UTF-8": (b'{"jsonrpc": "2.0", "id": 1, "method": "\xff"}', {}, 400, -32700),
    "too deep": (b"[" * (MAX_DEPTH + 2) + b"]" * (MAX_DEPTH + 2), {}, 400, -32700),
    "a bomb": (b"[" * 100_000, {}, 400, -32700),
    "a batch": ([LIST], {}, 400, -32600),
    "no _meta": (LIST, HEADERS, 400, -32602),
    "no headers": (with_meta(LIST), {}, 400, -32020),
    "unknown version": (LIST, {"MCP_Protocol_Version": "1999-01-01"}, 400, -32022),
    "unknown method": (
        with_meta({**LIST, "method": "resources/list"}), {**HEADERS, "Mcp_Method": "resources/list"}, 404, -32601
    ),
    "ping": (with_meta({**LIST, "method": "ping"}), {**HEADERS, "Mcp_Method": "ping"}, 404, -32601),
    "cursor": (with_meta({**LIST, "params": {"cursor": "2"}}), HEADERS, 400, -32602),
    "no tool": (with_meta(CALL), CALLED, 400, -32602),
    "tool 1": (with_meta({**CALL, "params": {"name": 1}}), CALLED, 400, -32602),
    "arguments list": (
        with_meta({**CALL, "params": {"name": "inventory_shop", "arguments": []}}),
        {**CALLED, "Mcp_Name": "inventory_shop"}, 400, -32602,
    ),
}  # fmt: skip


@pytest.mark.quick
@all_cases(("body", "headers", "status", "code"), REFUSED.values())
def test_a_message_that_is_no_valid_request_is_refused(agent, body, headers, status, code):
    refused = agent.post(body, **headers)
    assert (refused.status_code, refused.json()["error"]["code"]) == (status, code)
    assert refused.json()["id"] == (1 if isinstance(body, dict) else None)


INVALID = {
    "a response": ({"jsonrpc": "2.0", "id": 1, "result": {}}, {}, -32600),
    "JSON-RPC 1": ({**LIST, "jsonrpc": "1.0"}, {}, -32600),
    "id null": ({**LIST, "id": None}, {}, -32600),
    "id true": ({**LIST, "id": True}, {}, -32600),
    "id object": ({**LIST, "id": {}}, {}, -32600),
    "id float": ({**LIST, "id": 1.5}, {}, -32600),
    "method 1": ({**LIST, "method": 1}, {}, -32600),
    "params list": ({**LIST, "params": []}, HEADERS, -32602),
    "_meta text": ({**LIST, "params": {"_meta": "x"}}, HEADERS, -32602),
    "no version": ({**LIST, "params": {"_meta": without(protocol.PROTOCOL_VERSION)}}, HEADERS, -32602),
    "no capabilities": ({**LIST, "params": {"_meta": without(protocol.CAPABILITIES)}}, HEADERS, -32602),
    "capabilities list": (with_meta(LIST, **{protocol.CAPABILITIES: []}), HEADERS, -32602),
    "version 1": (with_meta(LIST, **{protocol.PROTOCOL_VERSION: 1}), HEADERS, -32602),
    "no method header": (with_meta(LIST), {"MCP_Protocol_Version": VERSION}, -32020),
    "other method": (with_meta(LIST), {**HEADERS, "Mcp_Method": "tools/call"}, -32020),
    "other case": (with_meta(LIST), {**HEADERS, "Mcp_Method": "Tools/List"}, -32020),
    "twice": (with_meta(LIST), {**HEADERS, "Mcp_Method": "tools/list,tools/list"}, -32020),
    "other version": (with_meta(LIST), {**HEADERS, "MCP_Protocol_Version": "2025-11-25"}, -32020),
    "no name": (with_meta({**CALL, "params": {"name": "inventory_shop"}}), CALLED, -32020),
    "bad base64": (with_meta({**CALL, "params": {"name": "a"}}), {**CALLED, "Mcp_Name": "=?base64?YQ?="}, -32020),
    "no ASCII": (with_meta({**CALL, "params": {"name": "a"}}), {**CALLED, "Mcp_Name": "=?base64?\xe9?="}, -32020),
    "no UTF-8": (with_meta({**CALL, "params": {"name": "a"}}), {**CALLED, "Mcp_Name": "=?base64?/w==?="}, -32020),
    "unknown version": (
        with_meta(LIST, **{protocol.PROTOCOL_VERSION: "2027-01-01"}),
        {**HEADERS, "MCP_Protocol_Version": "2027-01-01"}, -32022,
    ),
}  # fmt: skip


@pytest.mark.quick
@all_cases("case", INVALID)
def test_a_message_has_the_error_of_the_protocol(case):
    body, headers, code = INVALID[case]
    with pytest.raises(protocol.ProtocolError) as refused:
        protocol.read_message(body, {name.replace("_", "-"): value for name, value in headers.items()})
    assert (refused.value.code, refused.value.status) == (code, 400)


def test_an_unknown_version_is_told_the_known_ones(agent):
    error = agent.post(LIST, MCP_Protocol_Version="1999-01-01").json()["error"]
    assert error["data"] == {"supported": [VERSION, *protocol.OLDER_VERSIONS], "requested": "1999-01-01"}


# --- Requests of 2025 ------------------------------------------------------------------------------------


@pytest.mark.quick
@all_cases(("asked", "answered"), [("2025-06-18", "2025-06-18"), (VERSION, "2025-11-25"), ([], "2025-11-25")])
def test_an_older_client_agrees_on_its_version(agent, asked, answered):
    result = agent.send_older("initialize", {"protocolVersion": asked, "capabilities": {}}).json()["result"]
    assert (result["protocolVersion"], result["serverInfo"]["name"]) == (answered, "inventory")
    assert "resultType" not in result


def test_an_older_client_calls_tools_with_or_without_the_header(agent):
    body = {**CALL, "params": {"name": "inventory_shop", "arguments": {}}}
    for headers in ({}, {"MCP_Protocol_Version": "2025-11-25"}):
        result = agent.post(body, **headers).json()["result"]
        assert json.loads(result["content"][0]["text"]) == result["structuredContent"]
        assert not result["isError"]
    assert agent.send_older("ping").json()["result"] == {}


def test_an_older_client_gets_errors_with_status_200(agent):
    """It takes another status for a failure of the connection, and never sees the code."""
    refused = agent.send_older("prompts/list")
    assert (refused.status_code, refused.json()["error"]["code"]) == (200, -32601)


def test_a_notification_is_accepted_and_does_nothing(agent):
    accepted = agent.post({"jsonrpc": "2.0", "method": "notifications/initialized"})
    assert (accepted.status_code, accepted.content) == (202, b"")


# --- HTTP --------------------------------------------------------------------------------------------------


@all_cases("accept", ["*/*", "text/event-stream"])
@all_cases("method", ["GET", "HEAD", "DELETE", "PUT", "OPTIONS"])
def test_other_methods_are_refused_whatever_is_accepted(agent, method, accept):
    refused = agent.client.generic(method, MCP, headers={"Accept": accept})
    assert (refused.status_code, refused.headers["Allow"]) == (405, "POST")


def test_a_request_without_credentials_is_told_how_to_send_them(db):
    refused = Agent(client_of(None)).send("tools/list")
    assert (refused.status_code, refused.headers["WWW-Authenticate"].split()[0]) == (401, "Bearer")


def test_a_session_of_a_browser_is_no_credential(alice):
    browser = Client()
    browser.force_login(alice)
    assert browser.post(MCP, LIST, content_type="application/json").status_code == 401


@all_cases("origin", ["https://evil.example", "null", "http://testserver.evil.example"])
def test_a_page_of_another_origin_is_refused_before_its_credentials_are_read(origin):
    refused = Client().post(MCP, LIST, content_type="application/json", headers={"Origin": origin})
    assert refused.status_code == 403


def test_a_page_of_this_origin_is_answered(agent):
    assert agent.post(LIST, Origin="http://testserver").status_code == 200


def test_other_types_and_large_bodies_are_refused(agent):
    assert agent.post(b"x", content_type="text/plain").status_code == 415
    assert agent.post(b" " * (MAX_MESSAGE_BYTES + 1)).status_code == 413


def test_requests_count_for_the_limit_of_the_user(agent, settings):
    settings.REQUESTS_PER_MINUTE = 2
    assert [agent.send("tools/list").status_code for _ in range(3)] == [200, 200, 429]


def test_the_log_has_the_tool_and_the_code_but_no_argument(agent, caplog):
    agent.call("find", text="secret tea")
    agent.call("product", sku="nope")
    agent.send("tools/call", {"name": "drop tables"})
    lines = [record.fields for record in caplog.records if record.name == "inventory_api.request"]
    assert [(line.get("tool"), line.get("code")) for line in lines] == [
        ("inventory_find", None), ("inventory_product", "not_found"), (None, -32602),
    ]  # fmt: skip
    assert "secret" not in str(lines)
    assert "drop" not in str(lines)
