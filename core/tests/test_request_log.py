"""The log line of each request, in JSON and in plain text, and the request id."""

import json
import logging
import re
import sys
from datetime import datetime

import pytest

from core.http.logging import JSONFormatter, PlainFormatter
from inventory_api.start_views import RootView
from testing.tables import all_cases


@pytest.fixture
def log(caplog):
    """Return a function that returns the log lines so far, parsed from the JSON format of production."""
    caplog.set_level(logging.INFO)
    return lambda: [json.loads(JSONFormatter().format(record)) for record in caplog.records]


def get_request_lines(log):
    return [line for line in log() if line["logger"] == "inventory_api.request"]


def test_every_response_has_the_version_of_the_schema(client, settings):
    for address in ("/healthz", "/api/products/", "/nowhere/", "/"):
        assert client.get(address).headers["API-Version"] == settings.SPECTACULAR_SETTINGS["VERSION"]


@pytest.mark.parametrize("sent", ["a", "order-7:retry.2_b", "x" * 64])
def test_keeps_a_well_formed_request_id(client, log, sent):
    response = client.get("/healthz", headers={"X-Request-ID": sent})
    assert response.headers["X-Request-ID"] == sent
    assert get_request_lines(log)[0]["request_id"] == sent


@pytest.mark.parametrize("sent", ["", "x" * 65, "a b", "a\nb", "ключ", '"}', "a/b", "a\x00"])
def test_replaces_any_other_request_id(client, log, sent):
    response = client.get("/healthz", headers={"X-Request-ID": sent})
    given = response.headers["X-Request-ID"]
    assert given != sent
    assert len(given) == 32
    assert get_request_lines(log)[0]["request_id"] == given


@all_cases("address", ["/", "/nowhere", "/api/products/", "/api/products", "/static/nothing.css", "/admin/"])
def test_every_response_has_a_request_id(client, db, address):
    assert len(client.get(address).headers["X-Request-ID"]) == 32
    assert len(client.post(address, {}).headers["X-Request-ID"]) == 32


def test_the_files_of_pages_are_not_logged_unless_they_are_missing(client, log):
    assert b"--ink" in b"".join(client.get("/static/inventory_api/colours.css"))
    assert get_request_lines(log) == []
    client.get("/static/nothing.css")
    assert [line["status"] for line in get_request_lines(log)] == [404]


def test_each_request_has_its_own_id(client):
    assert len({client.get("/healthz").headers["X-Request-ID"] for _ in range(3)}) == 3


def test_a_request_has_one_log_line(as_alice, alice, kettle, log):
    as_alice.get(f"/api/products/{kettle.pk}/?_=secret")
    (line,) = log()
    assert line.pop("ms") > 0
    assert line.pop("time").endswith("+00:00")
    assert len(line.pop("request_id")) == 32
    assert line == {
        "level": "INFO",
        "logger": "inventory_api.request",
        "message": "request",
        "method": "GET",
        "route": "api/products/<row_id:pk>/",
        "status": 200,
        "user": alice.pk,
        "statements": 2,
    }


def test_counts_only_the_statements_of_the_request(as_alice, client, kettle, log, django_assert_num_queries):
    with django_assert_num_queries(5):
        as_alice.post("/api/stock/", {"product": kettle.pk, "movement_type": "OUT", "quantity": 1})
    client.get("/healthz")
    kettle.refresh_from_db()
    assert [line["statements"] for line in get_request_lines(log)] == [5, 0]


@pytest.mark.parametrize("address", ["/api/products/", "/admin/"])
def test_logs_the_user_of_a_session_without_another_query(client, alice, log, address):
    client.force_login(alice)
    client.get(address)
    client.get("/healthz")
    assert [line["user"] for line in get_request_lines(log)] == [alice.pk, None]


@pytest.mark.parametrize(
    ("method", "address", "status"),
    [
        ("GET", "/nowhere", 404),
        ("GET", "/api/products/", 401),
        ("POST", "/api/login/", 400),
        ("PUT", "/api/login/", 405),
    ],
)
def test_a_client_error_is_one_info_line_without_a_trace(client, db, log, method, address, status):
    client.generic(method, address)
    (line,) = log()
    assert (line["level"], line["status"], line["user"]) == ("INFO", status, None)
    assert "trace" not in line


def test_a_bug_is_logged_with_its_trace_and_the_request_id_of_the_response(as_alice, log, monkeypatch):
    def get(*args):
        raise ZeroDivisionError("two\nlines")

    monkeypatch.setattr(RootView, "get", get)
    as_alice.raise_request_exception = False
    response = as_alice.get("/api/")
    assert response.status_code == 500
    trace, line = log()
    assert (line["status"], line["level"], trace["level"]) == (500, "ERROR", "ERROR")
    assert trace["trace"].endswith("ZeroDivisionError: two\nlines")
    assert trace["request_id"] == line["request_id"] == response.headers["X-Request-ID"]


def test_a_json_line_contains_no_line_break():
    record = logging.LogRecord("x", logging.INFO, "", 0, "two\nlines \x1b[31m %s", ("\u2028",), None)
    line = JSONFormatter().format(record)
    assert line.isascii()
    assert line.isprintable()
    assert json.loads(line)["message"] == "two\nlines \x1b[31m \u2028"


def test_the_plain_format_has_the_same_fields(as_alice, alice, kettle, caplog):
    caplog.set_level(logging.INFO)
    as_alice.get(f"/api/products/{kettle.pk}/", headers={"X-Request-ID": "till-1"})
    time, line = PlainFormatter().format(caplog.records[-1]).split(" ", 1)
    assert datetime.fromisoformat(time).tzinfo
    assert re.sub(r"ms=[\d.]+", "ms=1", line) == (
        "INFO inventory_api.request request request_id=till-1 method=GET route=api/products/<row_id:pk>/ status=200"
        f" ms=1 user={alice.pk} statements=2"
    )


def test_the_plain_format_escapes_line_breaks_and_terminal_codes():
    try:
        raise ZeroDivisionError("two\n2026-11-20 INFO forged \x1b[2J")
    except ZeroDivisionError:
        record = logging.LogRecord("x", logging.ERROR, "", 0, "two\nlines \x1b[31m %s", ("\u2028",), sys.exc_info())
    first, *trace = PlainFormatter().format(record).split("\n")
    assert first.endswith(r" ERROR x two\nlines \x1b[31m \u2028")
    assert trace[0] == "    Traceback (most recent call last):"
    assert all(row.startswith("    ") and row.isprintable() for row in trace)


def test_the_plain_format_shows_a_missing_value_as_a_dash(client, caplog):
    caplog.set_level(logging.INFO)
    client.get("/nowhere")
    assert " route=- status=404 " in PlainFormatter().format(caplog.records[-1])


def test_logs_an_unknown_host_without_a_trace(client, log):
    """The line shows which host is missing in ALLOWED_HOSTS.

    It has no trace, so that guesses of names can't fill the disk.
    """
    client.get("/api/", headers={"Host": "evil.example"})
    warned, line = log()
    assert "Invalid HTTP_HOST header: 'evil.example'" in warned["message"]
    assert (line["status"], "trace" in warned) == (400, False)
