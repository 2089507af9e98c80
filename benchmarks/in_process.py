"""Requests that are passed to an application in this process, without a server."""

import asyncio
import io
import json
from collections.abc import Callable
from importlib import import_module
from typing import Any, NamedTuple

Call = Callable[["Request", str], bytes]


class Request(NamedTuple):
    method: str
    address: str
    body: bytes = b""


def hot_requests(product: int) -> dict[str, Request]:
    """Return the most frequent requests by their titles."""
    line = {"product": product, "movement_type": "IN", "quantity": 1}
    return {
        "one movement": Request("POST", "/api/stock/", json.dumps(line).encode()),
        "a page of 50 products": Request("GET", "/api/products/?page_size=50"),
        "a page of 50 movements": Request("GET", "/api/stock/?page_size=50"),
        "the dashboard": Request("GET", "/api/dashboard/"),
    }


def load_application(name: str) -> Call:
    """Import the application `module:attribute`. Return a function that passes it a request with a token."""
    module, _, attribute = name.partition(":")
    application = getattr(import_module(module), attribute)
    if attribute != "app":
        return lambda request, token: call_wsgi(application, request, token)
    loop = asyncio.new_event_loop()
    return lambda request, token: loop.run_until_complete(call_asgi(application, request, token))


def call_wsgi(application: Any, request: Request, token: str) -> bytes:
    """Pass the request to a WSGI application as a server does, and return the response's body."""
    path, _, query = request.address.partition("?")
    statuses: list[str] = []
    environ = {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": "127.0.0.1",
        "HTTP_ACCEPT": "application/json",
        "wsgi.input": io.BytesIO(request.body),
        "wsgi.url_scheme": "http",
        "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": str(len(request.body)),
        **({"HTTP_AUTHORIZATION": f"Bearer {token}"} if token else {}),
    }

    def start_response(status: str, headers: Any, error: Any = None) -> Any:
        statuses.append(status)

    response = application(environ, start_response)
    body = b"".join(response)
    if hasattr(response, "close"):
        response.close()
    assert statuses[0].startswith("2"), (request.address, statuses, body[:500])
    return body


async def call_asgi(application: Any, request: Request, token: str) -> bytes:
    """Pass the request to an ASGI application as a server does, and return the response's body."""
    path, _, query = request.address.partition("?")
    headers = {
        "host": "127.0.0.1",
        "accept": "application/json",
        "content-type": "application/json",
        "content-length": str(len(request.body)),
        "authorization": f"Bearer {token}",
    }
    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": request.method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
    }
    sent: list[Any] = []

    async def receive() -> Any:
        return {"type": "http.request", "body": request.body, "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    await application(scope, receive, send)
    body = b"".join(message.get("body", b"") for message in sent)
    assert sent[0]["status"] < 300, (request.address, sent[0], body[:500])
    return body
