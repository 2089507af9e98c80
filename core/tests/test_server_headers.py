"""No header of a response can begin another one: Django refuses line breaks, and the worker refuses them once more."""

import pytest
from django.http import BadHeaderError, HttpResponse
from gunicorn.config import Config
from gunicorn.http import wsgi
from gunicorn.http.errors import InvalidResponseHeader, InvalidResponseHeaderName
from gunicorn.http.message import Request
from gunicorn.http.unreader import IterUnreader

from core.server import channel
from core.server.channel import FREQUENT_HEADERS, KnownLinesRequest, Response
from testing.servers.tiny_client import status_of
from testing.tables import all_cases

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


PLAIN = ["Host: a", "Accept: */*", "Content-Length: 0", "X-Forwarded-For: 10.0.0.1", "Authorization: Bearer a.b"]
UNLIKE = [
    "Host: b", "host: a", "HOST: a", "X-Forwarded-For: 10.0.0.2", " folded", "\tfolded", "Accept", ": a", "A B: c",
    "X_Forwarded_For: 10.0.0.1", "Transfer-Encoding: chunked", "Content-Length: 1", "Expect: 200", "", "Accept : a",
    "A: \x00", "A:", "A" * 9000 + ": b", "Connection: close",
]  # fmt: skip
MANY = [f"A{number}: b" for number in range(101)]  # one more than gunicorn's limit


def judge(request_class, lines):
    """Return the headers of a head with these lines, or the type of the error."""
    head = "\r\n".join(["GET / HTTP/1.1", *lines, "", ""]).encode("latin-1")
    try:
        return request_class(Config(), IterUnreader([head]), ("10.0.0.9", 1)).headers
    except Exception as error:
        return type(error)


@pytest.mark.quick
@all_cases("line", [*PLAIN, *UNLIKE])
def test_a_head_of_known_lines_is_judged_as_gunicorn_judges_it(line):
    heads = [[line, *PLAIN], [*PLAIN, line], [*PLAIN[:2], line], [line], [line, line], PLAIN * 30, PLAIN[::-1]]
    for known in (PLAIN, MANY[:50], MANY[50:]):
        judge(KnownLinesRequest, known)
    for head in [*heads, *heads, MANY]:
        assert judge(KnownLinesRequest, head) == judge(Request, head)


def test_a_known_line_is_not_parsed_again(monkeypatch):
    judge(KnownLinesRequest, PLAIN)
    monkeypatch.setattr(Request, "parse_headers", None)
    assert judge(KnownLinesRequest, PLAIN)[0] == ("HOST", "a")
    assert judge(KnownLinesRequest, [*PLAIN, "X-New: a"]) is TypeError


def test_known_lines_are_few_and_short(monkeypatch):
    monkeypatch.setattr(channel, "MAX_KNOWN_LINES", 10)
    for number in range(50):
        judge(KnownLinesRequest, [f"A: {number}", "B: " + number * 100 * "b"])
    assert len(channel.known_lines) <= 11
    assert max(map(len, channel.known_lines)) <= 4096


def test_responses_of_the_server_have_their_headers(tiny_server):
    head = tiny_server.send(b"GET /frequent HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").split(b"\r\n")
    assert b"Content-Length: 2" in head
    assert b"Vary: origin" in head


def test_a_line_break_in_a_header_of_the_application_is_an_error(tiny_server):
    response = tiny_server.send(b"GET /line-break HTTP/1.1\r\nHost: x\r\n\r\n")
    assert status_of(response) == 500
    assert b"injected" not in response
