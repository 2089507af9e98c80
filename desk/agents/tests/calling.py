"""An agent: a client of the Model Context Protocol, version 2026-07-28 or, without `_meta`, of 2025."""

import base64
import json
from typing import Any

from jsonschema import Draft202012Validator

from desk.agents import protocol
from desk.agents.tools import TOOLS

MCP = "/mcp"
META = {protocol.PROTOCOL_VERSION: protocol.VERSION, protocol.CAPABILITIES: {}}


SCHEMAS = {tool.name: Draft202012Validator(tool.as_dict()["outputSchema"]) for tool in TOOLS}


def read_result(tool: str, result: dict[str, Any]) -> Any:
    """Return the data of a result, checked as clients of the protocol do: only structured data has a schema."""
    data = json.loads(result["content"][0]["text"])
    if "structuredContent" in result:
        SCHEMAS[f"inventory_{tool}"].validate(result["structuredContent"])
        assert result["structuredContent"] == data
    assert ("structuredContent" in result) is not result["isError"]
    return data


class Agent:
    """Sends messages by a client that has signed in or has a key."""

    def __init__(self, client: Any) -> None:
        self.client = client

    def post(self, body: Any, content_type: str = "application/json", **headers: str) -> Any:
        """Return the response to a body, which is bytes or will be JSON."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.generic("POST", MCP, content, content_type=content_type, headers=named)

    def send(self, method: str, params: dict[str, Any] | None = None, number: Any = 1) -> Any:
        """Return the response to a request of 2026-07-28."""
        params = {**(params or {}), "_meta": META}
        headers = {"MCP_Protocol_Version": protocol.VERSION, "Mcp_Method": method}
        if "name" in params:
            encoded = base64.b64encode(str(params["name"]).encode(errors="replace")).decode()
            headers["Mcp_Name"] = params["name"] if str(params["name"]).isascii() else f"=?base64?{encoded}?="
        return self.post({"jsonrpc": "2.0", "id": number, "method": method, "params": params}, **headers)

    def send_older(self, method: str, params: dict[str, Any] | None = None) -> Any:
        """Return the response to a request of 2025."""
        return self.post({"jsonrpc": "2.0", "id": 1, "method": method, "params": params or {}})

    def list_tools(self) -> list[str]:
        return [tool["name"].removeprefix("inventory_") for tool in self.send("tools/list").json()["result"]["tools"]]

    def call(self, tool: str, **arguments: Any) -> Any:
        """Return what the tool `inventory_…` answers, also if it refuses."""
        answer = self.send("tools/call", {"name": f"inventory_{tool}", "arguments": arguments}).json()
        return read_result(tool, answer["result"]) if "result" in answer else answer["error"]

    def confirm(self, tool: str, **arguments: Any) -> Any:
        """Return the answer of a tool that writes, called twice as an agent does."""
        preview = self.call(tool, **arguments)
        return self.call(tool, **arguments, confirm=preview["confirm"]) if preview.get("confirm") else preview
