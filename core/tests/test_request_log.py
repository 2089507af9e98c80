"""One line of JSON per request, an id that client and log share, and nothing secret in it."""

import json
import logging
import re
import sys
from datetime import datetime

import pytest

from core.logging import JSONFormatter, PlainFormatter
from inventory_api.views import RootView


@pytest.fixture
def log(caplog):
    """The lines written since, formatted as in production and read again."""
    caplog.set_level(logging.INFO)
    return lambda: [json.loads(JSONFormatter().format(record)) for record in caplog.records]


def requests(log):
    return [line for line in log() if line["logger"] == "inventory_api.request"]


@pytest.mark.parametrize("offered", ["a", "order-7:retry.2_b", "x" * 64])
def test_a_well_formed_id_is_kept(client, log, offered):
    answer = client.get("/healthz", headers={"X-Request-ID": offered})
    assert answer.headers["X-Request-ID"] == offered
    assert requests(log)[0]["request_id"] == offered


@pytest.mark.parametrize("offered", ["", "x" * 65, "a b", "a\nb", "ключ", '"}', "a/b", "a\x00"])
def test_any_other_id_is_replaced(client, log, offered):
    answer = client.get("/healthz", headers={"X-Request-ID": offered})
    given = answer.headers["X-Request-ID"]
    assert given != offered
    assert len(given) == 32
    assert requests(log)[0]["request_id"] == given


@pytest.mark.parametrize(
    "address", ["/", "/nowhere", "/api/products/", "/api/products", "/static/nothing.css", "/admin/"]
)
def test_every_answer_carries_an_id(client, db, address):
    assert len(client.get(address).headers["X-Request-ID"]) == 32
    assert len(client.post(address, {}).headers["X-Request-ID"]) == 32


def test_two_requests_have_two_ids(client):
    assert len({client.get("/healthz").headers["X-Request-ID"] for _ in range(3)}) == 3


def test_a_request_is_one_line(as_alice, alice, kettle, log):
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


def test_the_statements_of_a_request_are_its_own(as_alice, client, kettle, log, django_assert_num_queries):
    with django_assert_num_queries(5):
        as_alice.post("/api/stock/", {"product": kettle.pk, "movement_type": "OUT", "quantity": 1})
    client.get("/healthz")
    kettle.refresh_from_db()
    assert [line["statements"] for line in requests(log)] == [5, 0]


@pytest.mark.parametrize("address", ["/api/products/", "/admin/"])
def test_a_session_s_user_is_named_without_a_query_for_it(client, alice, log, address):
    client.force_login(alice)
    client.get(address)
    client.get("/healthz")
    assert [line["user"] for line in requests(log)] == [alice.pk, None]


@pytest.mark.parametrize(
    ("method", "address", "status"),
    [
        ("GET", "/nowhere", 404),
        ("GET", "/api/products/", 401),
        ("POST", "/api/login/", 400),
        ("PUT", "/api/login/", 405),
    ],
)
def test_a_refusal_is_one_quiet_line_without_a_trace(client, db, log, method, address, status):
    client.generic(method, address)
    (line,) = log()
    assert (line["level"], line["status"], line["user"]) == ("INFO", status, None)
    assert "trace" not in line


def test_a_bug_is_a_line_with_a_trace_and_the_id_that_the_client_got(as_alice, log, monkeypatch):
    def get(*args):
        raise ZeroDivisionError("two\nlines")

    monkeypatch.setattr(RootView, "get", get)
    as_alice.raise_request_exception = False
    answer = as_alice.get("/api/")
    assert answer.status_code == 500
    trace, line = log()
    assert (line["status"], line["level"], trace["level"]) == (500, "ERROR", "ERROR")
    assert trace["trace"].endswith("ZeroDivisionError: two\nlines")
    assert trace["request_id"] == line["request_id"] == answer.headers["X-Request-ID"]


def test_a_line_is_one_line_whatever_is_in_it():
    record = logging.LogRecord("x", logging.INFO, "", 0, "two\nlines \x1b[31m %s", ("\u2028",), None)
    line = JSONFormatter().format(record)
    assert line.isascii()
    assert line.isprintable()
    assert json.loads(line)["message"] == "two\nlines \x1b[31m \u2028"


def test_the_plain_format_says_the_same_in_words(as_alice, alice, kettle, caplog):
    caplog.set_level(logging.INFO)
    as_alice.get(f"/api/products/{kettle.pk}/", headers={"X-Request-ID": "till-1"})
    time, line = PlainFormatter().format(caplog.records[-1]).split(" ", 1)
    assert datetime.fromisoformat(time).tzinfo
    assert re.sub(r"ms=[\d.]+", "ms=1", line) == (
        "INFO inventory_api.request request request_id=till-1 method=GET route=api/products/<row_id:pk>/ status=200"
        f" ms=1 user={alice.pk} statements=2"
    )


def test_no_text_begins_a_plain_line_of_its_own_or_steers_a_terminal():
    try:
        raise ZeroDivisionError("two\n2026-11-20 INFO forged \x1b[2J")
    except ZeroDivisionError:
        record = logging.LogRecord("x", logging.ERROR, "", 0, "two\nlines \x1b[31m %s", ("\u2028",), sys.exc_info())
    first, *trace = PlainFormatter().format(record).split("\n")
    assert first.endswith(r" ERROR x two\nlines \x1b[31m \u2028")
    assert trace[0] == "    Traceback (most recent call last):"
    assert all(row.startswith("    ") and row.isprintable() for row in trace)


def test_what_is_not_known_is_a_dash_in_plain(client, caplog):
    caplog.set_level(logging.INFO)
    client.get("/nowhere")
    assert " route=- status=404 " in PlainFormatter().format(caplog.records[-1])


def test_a_wrong_host_is_named_without_a_trace(client, log):
    """So that who forgot a name in ALLOWED_HOSTS finds it, and who guesses names fills no disk."""
    client.get("/api/", headers={"Host": "evil.example"})
    warned, line = log()
    assert "Invalid HTTP_HOST header: 'evil.example'" in warned["message"]
    assert (line["status"], "trace" in warned) == (400, False)
