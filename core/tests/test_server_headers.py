"""No header of a response can begin another one: Django refuses line breaks, and the worker refuses them once more."""

import pytest
from django.http import BadHeaderError, HttpResponse
from gunicorn.http import wsgi
from gunicorn.http.errors import InvalidResponseHeader, InvalidResponseHeaderName

from core.server.channel import FREQUENT_HEADERS, Response
from testing.tables import all_cases
from testing.tiny_client import status_of

BREAKS = ["\r\nSet-Cookie: a=b", "x\ny", "x\ry", "\n", "x\r\n\r\n<p>"]
HEADERS = [("Content-Type", "text/plain"), ("Content-Length", "12"), ("Connection", "close"), ("X-Kind", "caf\xe9")]


def process(response_class, headers):
    response = response_class(req=None, sock=None, cfg=None)
    response.process_headers(headers)
    return sorted(response.headers), response.response_length


@all_cases("value", BREAKS)
def test_django_refuses_a_header_with_a_line_break(value):
    with pytest.raises(BadHeaderError):
        HttpResponse(headers={"Vary": value})
    with pytest.raises(BadHeaderError):
        HttpResponse().headers["Vary"] = value
    with pytest.raises(BadHeaderError):
        HttpResponse()[value] = "name"


@all_cases("value", [*BREAKS, "\x00", "\x7f", "\x0b", "\u0142"])
@all_cases("name", ["Vary", "Set-Cookie", "X-Kind"])
def test_the_worker_refuses_a_value_with_a_line_break_or_control_character(name, value):
    with pytest.raises(InvalidResponseHeader):
        process(Response, [("Allow", "GET"), (name, value), ("Cache-Control", "no-store")])


@all_cases("name", ["", "X Kind", "X:Kind", "X\nKind", "Vary\r\nX"])
def test_the_worker_refuses_a_name_that_is_no_token(name):
    with pytest.raises(InvalidResponseHeaderName):
        process(Response, [("Allow", "GET"), (name, "value")])


def test_the_worker_takes_the_headers_that_gunicorn_takes():
    headers = [*HEADERS, *((name, "value") for name in FREQUENT_HEADERS)]
    assert process(Response, headers) == process(wsgi.Response, headers)


def test_responses_of_the_server_have_their_headers(tiny_server):
    head = tiny_server.send(b"GET /frequent HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").split(b"\r\n")
    assert b"Content-Length: 2" in head
    assert b"Vary: origin" in head


def test_a_line_break_in_a_header_of_the_application_is_an_error(tiny_server):
    response = tiny_server.send(b"GET /line-break HTTP/1.1\r\nHost: x\r\n\r\n")
    assert status_of(response) == 500
    assert b"injected" not in response
