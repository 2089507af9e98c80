"""The Model Context Protocol: messages of JSON-RPC 2.0, without sessions (docs/decisions/0048-agents.md).

A client of version 2026-07-28 names it in every message, in `_meta` and in headers. Clients of 2025 begin
with `initialize` instead, and send a header at most.
"""

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from rest_framework import status
from rest_framework.request import Request

from core.errors import translate_detail
from core.http.calls import Answer, Query, call_api
from core.lists.pagination import WRONG_CURSOR
from core.translation import gettext_noop as _

VERSION = "2026-07-28"
OLDER_VERSIONS = ("2025-11-25", "2025-06-18", "2025-03-26")
PROTOCOL_VERSION = "io.modelcontextprotocol/protocolVersion"
CAPABILITIES = "io.modelcontextprotocol/clientCapabilities"
SERVER_INFO = "io.modelcontextprotocol/serverInfo"
ENCODED = re.compile(r"=\?base64\?([^?]*)\?=")

PARSE_ERROR, INVALID_REQUEST, UNKNOWN_METHOD, INVALID_PARAMS = -32700, -32600, -32601, -32602
HEADER_MISMATCH, UNSUPPORTED_VERSION = -32020, -32022


class ProtocolError(Exception):
    """A message that is not a valid request. `code` is an error code of JSON-RPC or of the protocol."""

    def __init__(self, code: int, message: str, data: Any = None) -> None:
        super().__init__(message)
        self.code, self.data = code, data
        self.status = status.HTTP_404_NOT_FOUND if code == UNKNOWN_METHOD else status.HTTP_400_BAD_REQUEST

    def as_dict(self) -> dict[str, Any]:
        return {"code": self.code, "message": str(self), **({"data": self.data} if self.data else {})}


@dataclass(frozen=True)
class Message:
    """A request or, without an id, a notification. `is_modern` is true for messages of VERSION."""

    method: str
    params: dict[str, Any]
    id: str | int | None
    is_modern: bool


def find_id(body: Any) -> str | int | None:
    found = body.get("id") if isinstance(body, dict) else None
    return found if isinstance(found, str | int) and not isinstance(found, bool) else None


def read_message(body: Any, headers: Mapping[str, str]) -> Message:
    """Return the message of a parsed body. Raise ProtocolError."""
    if not isinstance(body, dict) or body.get("jsonrpc") != "2.0" or not isinstance(body.get("method"), str):
        raise ProtocolError(INVALID_REQUEST, "Send one request of JSON-RPC 2.0 as an object, no batch.")
    if "id" not in body:
        return Message(body["method"], {}, None, is_modern=False)
    if find_id(body) is None:
        raise ProtocolError(INVALID_REQUEST, "The id must be a string or an integer.")
    params = body.get("params", {})
    if not isinstance(params, dict):
        raise ProtocolError(INVALID_PARAMS, "params must be an object.")
    is_modern = check_version(body["method"], params, headers)
    return Message(body["method"], params, find_id(body), is_modern)


def check_version(method: str, params: dict[str, Any], headers: Mapping[str, str]) -> bool:
    """Return whether the message is of VERSION. Raise ProtocolError if its headers contradict it."""
    meta, named = params.get("_meta"), headers.get("MCP-Protocol-Version")
    asked = meta.get(PROTOCOL_VERSION) if isinstance(meta, dict) else None
    if asked is None and (named is None or named in OLDER_VERSIONS):
        return False
    if asked is None and named != VERSION:
        raise refuse_version(named)
    if not isinstance(asked, str) or not isinstance(meta, dict) or not isinstance(meta.get(CAPABILITIES), dict):
        raise ProtocolError(INVALID_PARAMS, f"_meta must have {PROTOCOL_VERSION} and {CAPABILITIES}.")
    expected = {"MCP-Protocol-Version": asked, "Mcp-Method": method}
    if method == "tools/call" and isinstance(params.get("name"), str):
        expected["Mcp-Name"] = params["name"]
    for name, value in expected.items():
        if decode_header(headers.get(name)) != value:
            raise ProtocolError(HEADER_MISMATCH, f"The header {name} must be sent once, and equal the body.")
    if asked != VERSION:
        raise refuse_version(asked)
    return True


def refuse_version(asked: str | None) -> ProtocolError:
    data = {"supported": [VERSION, *OLDER_VERSIONS], "requested": asked}
    return ProtocolError(UNSUPPORTED_VERSION, "This version of the protocol is not supported.", data)


def decode_header(value: str | None) -> str | None:
    """Return the value of a header, or None if it is malformed. Names that are not ASCII are sent in base64."""
    found = ENCODED.fullmatch(value or "")
    if found is None:
        return value
    try:
        return base64.b64decode(found[1], validate=True).decode()
    except ValueError:  # no base64, no UTF-8, or no ASCII
        return None


PAGE_NUMBER = "^[1-9][0-9]{0,8}$"
ROWS = 20  # the most rows in the result of a tool
WRONG_ARGUMENTS = {"code": "invalid", "detail": _("Some arguments are wrong. Nothing was done.")}


class Refusal(Exception):
    """A refusal by the API, with the data of its response."""

    def __init__(self, data: dict[str, Any]) -> None:
        super().__init__(data)
        self.data = data

    def as_dict(self) -> dict[str, Any]:
        """Return the data, with at most ROWS refused lines. Field errors have no code, so they get `invalid`."""
        if "code" not in self.data:
            return {**translate_detail(WRONG_ARGUMENTS), "errors": self.data}
        return {**self.data, **({"lines": self.data["lines"][:ROWS]} if "lines" in self.data else {})}


class Unavailable(Exception):
    """A response after which a client tries again later. The agent gets it in place of a result."""

    def __init__(self, response: HttpResponse) -> None:
        super().__init__(response)
        self.response = response


@dataclass(frozen=True)
class Call:
    """A call of a tool by the user of the request."""

    request: Request
    tool: str
    arguments: dict[str, Any]

    @property
    def user(self) -> Any:
        return self.request.user

    @property
    def page(self) -> int:
        """Return the number of the page. Raise Refusal for a cursor that is no number."""
        cursor = self.arguments.get("cursor", "1")
        if not re.fullmatch(PAGE_NUMBER, cursor):
            raise Refusal({"cursor": [str(WRONG_CURSOR)]})
        return int(cursor)

    def get(self, route: str, query: Query | None = None, **kwargs: Any) -> Any:
        """Return the data of the route. Raise Refusal or Unavailable."""
        return check(call_api(self.request._request, route, method="GET", query=query, **kwargs))


def check(answer: Answer) -> Any:
    """Return the data of the answer. Raise Unavailable for a 429 or a 503, and Refusal for another error."""
    if answer.response.status_code in (429, 503):
        raise Unavailable(answer.response)
    if not answer.is_success:
        raise Refusal(answer.data)
    return answer.data
