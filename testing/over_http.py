"""A pytest plugin: what the test clients ask goes over HTTP to a service in processes of its own. `make live` loads it.

The tests themselves stay as they are. Left out are those that reach into the process that answers, which is another one
here, by an argument of REACHING, and those of LEFT_OUT. Rows must be committed to be seen by the service, so every test
is transactional.
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
from django.http import HttpResponse, StreamingHttpResponse
from django.test.client import ClientHandler

PORT = int(os.environ["PORT"])
ANSWER_SECONDS = 30
CSRF_TOKEN = "c" * 32
# They patch, count or listen where nobody answers.
REACHING = {"settings", "monkeypatch", "caplog", "live_server", "django_assert_num_queries"}
LEFT_OUT = {
    "test_a_body_that_is_not_read_ends_nothing": "gunicorn sends in chunks what names no length",
    "test_a_key_that_is_none_is_refused": "gunicorn refuses such a header by itself",
    "test_a_product_linked_during_the_delete_is_let_go_as_well": "the link would not be in the test's own transaction",
    "test_a_malformed_value_is_a_400_that_names_its_parameter": "gunicorn refuses so long an address by itself",
}
asked = {"requests": 0, "tests": set()}


def pytest_configure() -> None:
    """Send requests to the service, and hash passwords the way it does: it refuses the tests' own quick hash."""
    from conftest import HASHERS  # noqa: PLC0415 -- pytest has loaded it by now, and would load it a second time

    ClientHandler.__call__ = ask
    settings.PASSWORD_HASHERS = HASHERS


def pytest_collection_modifyitems(config: pytest.Config, items: list[Any]) -> None:
    kept = [item for item in items if "db" in item.fixturenames and is_outside(item)]
    for item in kept:
        item.add_marker(pytest.mark.django_db(transaction=True, reset_sequences=True), append=False)
    config.hook.pytest_deselected(items=[item for item in items if item not in kept])
    items[:] = kept


def is_outside(item: Any) -> bool:
    """Whether the test knows no more of the service than a client does."""
    return item.originalname not in LEFT_OUT and REACHING.isdisjoint(inspect.signature(item.function).parameters)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    terminalreporter.write_line(f"{len(asked['tests'])} tests made {asked['requests']} requests over HTTP.")


def ask(handler: ClientHandler, environ: dict[str, Any]) -> HttpResponse | StreamingHttpResponse:
    """The service's answer to the request that the test client has composed."""
    asked["requests"] += 1
    asked["tests"].add(os.environ["PYTEST_CURRENT_TEST"].split(" ")[0])
    body = environ["wsgi.input"].read()
    link = http.client.HTTPConnection("127.0.0.1", PORT, timeout=ANSWER_SECONDS)
    try:
        link.request(environ["REQUEST_METHOD"], target(environ), body or None, headers(handler, environ))
        answer = link.getresponse()
        response = response_of(answer, answer.read())
    finally:
        link.close()
    response.wsgi_request = WSGIRequest({**environ, "wsgi.input": io.BytesIO(body)})
    return response


def target(environ: dict[str, Any]) -> str:
    """The address as a client writes it: the path quoted again, in the query what can't be sent as it is."""
    path = quote(environ["PATH_INFO"].encode("latin-1"), safe="/~:@!$&'()*+,;=")
    query = quote(environ["QUERY_STRING"].encode("latin-1"), safe=string.punctuation)
    return f"{path}?{query}" if query else path


def headers(handler: ClientHandler, environ: dict[str, Any]) -> dict[str, str]:
    """The client's, and what the trusted proxy in front says of it: the scheme, and the address."""
    sent = {name[5:].replace("_", "-"): value for name, value in environ.items() if name.startswith("HTTP_")}
    host = sent.setdefault("HOST", environ["SERVER_NAME"])
    sent["X-FORWARDED-PROTO"] = "https"
    sent["X-FORWARDED-FOR"] = ", ".join(filter(None, [sent.get("X-FORWARDED-FOR"), environ["REMOTE_ADDR"]]))
    for name in ("CONTENT_TYPE", "CONTENT_LENGTH"):
        if environ.get(name):
            sent[name.replace("_", "-")] = str(environ[name])
    sent.setdefault("REFERER", f"https://{host}/")  # as a browser does, and Django asks for over TLS
    if not handler.enforce_csrf_checks:  # then the test client spares its caller the token
        sent["X-CSRFTOKEN"] = CSRF_TOKEN
        sent["COOKIE"] = "; ".join(filter(None, [sent.get("COOKIE"), f"__Host-csrftoken={CSRF_TOKEN}"]))
    return sent


def response_of(answer: http.client.HTTPResponse, content: bytes) -> HttpResponse | StreamingHttpResponse:
    streamed = answer.headers.get("Transfer-Encoding") == "chunked"
    response = StreamingHttpResponse([content]) if streamed else HttpResponse(content)
    response.status_code = answer.status
    del response.headers["Content-Type"]
    for name, value in answer.headers.items():
        if name == "Set-Cookie":
            response.cookies.update(SimpleCookie(value))
        else:
            response.headers[name] = value
    return response
