"""A pytest plugin that sends the test clients' requests over HTTP to a running service. `make live` loads it.

The tests are unchanged. Tests with a fixture of SAME_PROCESS_FIXTURES, which need the server in their own process, are
deselected, and so are those of EXCLUDED_TESTS. Every test is transactional, because the service sees only committed
rows.
"""

import http.client
import inspect
import io
import os
import string
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import quote

import pytest
from django.conf import settings
from django.core.handlers.wsgi import WSGIRequest
from django.db import connection
from django.http import HttpResponse, StreamingHttpResponse
from django.test.client import ClientHandler

from testing.servers import grounds
from testing.servers.live import EXCLUDED_TESTS

PORT = int(os.environ["PORT"])
RESPONSE_SECONDS = 30
CSRF_TOKEN = "c" * 32
# The support staff of the fixture has no second factor, which only settings of tests and of demos allow.
SAME_PROCESS_FIXTURES = {"settings", "monkeypatch", "caplog", "live_server", "django_assert_num_queries", "support"}
counts = {"requests": 0, "tests": set()}


def pytest_configure() -> None:
    """Send requests to the service, use its database, and hash passwords as it does: it refuses other hashes."""
    from conftest import HASHERS  # noqa: PLC0415 -- at the top, it would be loaded twice

    ClientHandler.__call__ = send_to_service
    connection.settings_dict["TEST"]["NAME"] = grounds.DATABASE
    settings.PASSWORD_HASHERS = HASHERS
    commits = os.environ.get("TEST_SYNCHRONOUS_COMMIT", "off")
    connection.settings_dict["OPTIONS"]["options"] += f" -c synchronous_commit={commits}"


def pytest_collection_modifyitems(config: pytest.Config, items: list[Any]) -> None:
    kept = [item for item in items if "db" in item.fixturenames and needs_only_a_client(item)]
    for item in kept:
        item.add_marker(pytest.mark.django_db(transaction=True, reset_sequences=True), append=False)
    config.hook.pytest_deselected(items=[item for item in items if item not in kept])
    items[:] = kept


def needs_only_a_client(item: Any) -> bool:
    """Return whether the test only needs a client of the service."""
    fixtures = inspect.signature(item.function).parameters
    excluded = EXCLUDED_TESTS.union(grounds.list_excluded_tests(os.environ.get("GROUND") or "plain"))
    return item.nodeid.partition("[")[0] not in excluded and SAME_PROCESS_FIXTURES.isdisjoint(fixtures)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    terminalreporter.write_line(f"{len(counts['tests'])} tests made {counts['requests']} requests over HTTP.")


def send_to_service(handler: ClientHandler, environ: dict[str, Any]) -> HttpResponse | StreamingHttpResponse:
    """Return the service's response to the test client's request."""
    counts["requests"] += 1
    counts["tests"].add(os.environ["PYTEST_CURRENT_TEST"].split(" ")[0])
    body = environ["wsgi.input"].read()
    connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=RESPONSE_SECONDS)
    try:
        connection.request(
            environ["REQUEST_METHOD"], request_target(environ), body or None, request_headers(handler, environ)
        )
        reply = connection.getresponse()
        response = convert_response(reply, reply.read())
    finally:
        connection.close()
    response.wsgi_request = WSGIRequest({**environ, "wsgi.input": io.BytesIO(body)})
    return response


def request_target(environ: dict[str, Any]) -> str:
    """Return path and query as a client sends them: percent-encoded where necessary."""
    path = quote(environ["PATH_INFO"].encode("latin-1"), safe="/~:@!$&'()*+,;=")
    query = quote(environ["QUERY_STRING"].encode("latin-1"), safe=string.punctuation)
    return f"{path}?{query}" if query else path


def request_headers(handler: ClientHandler, environ: dict[str, Any]) -> dict[str, str]:
    """Return the client's headers, and those that a trusted proxy adds: the scheme and the client's address."""
    sent = {name[5:].replace("_", "-"): value for name, value in environ.items() if name.startswith("HTTP_")}
    host = sent.setdefault("HOST", environ["SERVER_NAME"])
    sent["X-FORWARDED-PROTO"] = "https"
    sent["X-FORWARDED-FOR"] = ", ".join(filter(None, [sent.get("X-FORWARDED-FOR"), environ["REMOTE_ADDR"]]))
    for name in ("CONTENT_TYPE", "CONTENT_LENGTH"):
        if environ.get(name):
            sent[name.replace("_", "-")] = str(environ[name])
    sent.setdefault("REFERER", f"https://{host}/")  # Django requires it over TLS, and browsers send it
    if not handler.enforce_csrf_checks:  # in this case the tests send no token
        sent["X-CSRFTOKEN"] = CSRF_TOKEN
        sent["COOKIE"] = "; ".join(filter(None, [sent.get("COOKIE"), f"__Host-csrftoken={CSRF_TOKEN}"]))
    return sent


def convert_response(reply: http.client.HTTPResponse, content: bytes) -> HttpResponse | StreamingHttpResponse:
    """Return the response as Django's test client would return it."""
    streamed = reply.headers.get("Transfer-Encoding") == "chunked"
    response = StreamingHttpResponse([content]) if streamed else HttpResponse(content)
    response.status_code = reply.status
    del response.headers["Content-Type"]
    for name, value in reply.headers.items():
        if name == "Set-Cookie":
            response.cookies.update(SimpleCookie(value))
        else:
            response.headers[name] = value
    return response
