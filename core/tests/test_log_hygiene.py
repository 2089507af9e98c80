"""The log never contains names, secrets or search words."""

import io
import json
import logging
import re
from contextlib import contextmanager

import pytest
from django.conf import settings as product
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError
from django.test import Client

from core.http.logging import JSONFormatter, PlainFormatter
from testing.cast.people import client_of

PASSWORD, NEW_PASSWORD, WRONG_PASSWORD = "heron-teal-41", "otter-gold-57", "stork-pink-63"
NAME, EMAIL, KEY, WORDS = "mira-of-the-shop", "mira@private.example", "key-9f3b", "searched-for-words"
SECRETS = (PASSWORD, NEW_PASSWORD, WRONG_PASSWORD, NAME, EMAIL, KEY, WORDS, "eyJ", "Bearer", "Token ", "csv-content")
LOCAL = "a-local-variable-of-the-view"
HOSTILE = ['{"name": NaN}', '{"name": "' + WORDS + '\\u0000"}', "[" * 50, '{"name": 1, "x": "' + WORDS + '"}']


@pytest.fixture
def json_log():
    """Return the log in the JSON format of production."""
    with capture_log(JSONFormatter()) as text:
        yield text


@contextmanager
def capture_log(formatter):
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(formatter)
    logging.getLogger().addHandler(handler)
    yield stream.getvalue
    logging.getLogger().removeHandler(handler)


@pytest.fixture
def plain_log():
    """Return the log in the plain format."""
    with capture_log(PlainFormatter()) as text:
        yield text


@pytest.fixture
def session(db):
    """Send requests with secrets in every place, and return the tokens of the responses."""
    client = client_of(None)
    client.raise_request_exception = False
    client.post("/api/register/", {"username": NAME, "password": PASSWORD, "email": EMAIL})
    client.post("/api/register/", {"username": NAME, "password": PASSWORD, "email": EMAIL})
    client.post("/api/login/", {"username": NAME, "password": WRONG_PASSWORD})
    client.post("/api-auth/login/", {"username": NAME, "password": WRONG_PASSWORD})
    pair = client.post("/api/login/", {"username": NAME, "password": PASSWORD}).json()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {pair['access']}x")
    client.get("/api/products/")
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {pair['access']}", HTTP_IDEMPOTENCY_KEY=KEY)
    client.get(f"/api/products/?search={WORDS}&sku=%00")
    client.get(f"/api/products/{WORDS}/")
    client.post("/api/suppliers/", {"name": WORDS, "contact_email": EMAIL})
    client.post("/api/suppliers/", {"name": "another"})
    file = SimpleUploadedFile(f"{WORDS}.csv", b"name,price\ncsv-content,1\ncsv-content,x\n")
    client.post("/api/products/import/", {"file": file}, format="multipart")
    for body in HOSTILE:
        client.post("/api/suppliers/", body, content_type="application/json")
    renewed = client.post("/api/auth/refresh/", {"refresh": pair["refresh"]}).json()
    client.post("/api/auth/refresh/", {"refresh": pair["refresh"]})
    client.post("/api/auth/logout/", {"refresh": renewed["refresh"]})
    client.post("/api/auth/password/", {"old_password": PASSWORD, "new_password": NEW_PASSWORD})
    Client(enforce_csrf_checks=True).post("/api-auth/login/", {"username": NAME, "password": PASSWORD})
    client.get("/api/", headers={"X-Request-ID": "a\nb", "Cookie": f"sessionid={WORDS}"})
    return [*pair.values(), renewed["access"], renewed["refresh"]]


def fail(*args, **kwargs):
    secret = LOCAL  # noqa: F841, a trace with local variables would show it
    raise ZeroDivisionError


def test_no_secret_is_in_the_log_in_either_format(json_log, plain_log, session):
    tokens = [token[-40:] for token in session if isinstance(token, str)]
    assert len(json_log().splitlines()) >= 20
    assert len(plain_log().splitlines()) >= 20
    for secret in (*SECRETS, *tokens):
        assert secret not in json_log(), secret
        assert secret not in plain_log(), secret


def test_a_trace_contains_no_secret_and_no_local_variable(json_log, session, monkeypatch):
    client = client_of(None)
    client.raise_request_exception = False
    for view in ("sign_in.views.LoginView", "views.RegisterView"):
        monkeypatch.setattr(f"users.{view}.post", fail)
    client.post("/api/register/", {"username": NAME, "password": PASSWORD, "email": EMAIL})
    response = client.post(f"/api/login/?search={WORDS}", {"username": NAME, "password": PASSWORD})
    assert "ZeroDivisionError" in json_log()
    for secret in (*SECRETS, LOCAL):
        assert secret not in json_log(), secret
        assert secret not in response.text


def test_every_line_is_one_json_object(json_log, session):
    for line in json_log().splitlines():
        assert line.isprintable()
        assert {"time", "level", "logger", "message"} <= set(json.loads(line))


def test_the_trace_of_an_unknown_constraint_contains_no_value_of_the_row(json_log, alice, monkeypatch):
    """PostgreSQL adds the values of the row on a second line."""

    def refuse(*args, **kwargs):
        raise IntegrityError(f'duplicate key value violates "x"\nDETAIL:  Key (email)=({EMAIL}) already\n\nexists.\n')

    monkeypatch.setattr("users.views.RegisterView.post", refuse)
    client = client_of(None)
    client.raise_request_exception = False
    response = client.post("/api/register/", {})
    assert (response.status_code, EMAIL in response.text) == (500, False)
    assert 'violates \\"x\\"' in json_log()
    assert EMAIL not in json_log()


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (f"Error handling request /api/stock/?search={WORDS}&a=b?c", "Error handling request /api/stock/?…"),
        (f"Error handling request GET /api/?a\n{WORDS}", "Error handling request GET /api/?…"),
        (f"Invalid HTTP request line: 'GET /?a={WORDS} {WORDS}'", "Invalid HTTP request line: 'GET /?…"),
        ("Worker (pid:7) was sent SIGKILL! Perhaps out of memory?", None),
        ("Why? Nobody knows.", None),
    ],
)
def test_removes_the_query_of_an_address_in_a_message(json_log, plain_log, message, expected):
    """gunicorn logs the whole address if a response can't be sent."""
    logging.getLogger("gunicorn.error").error("%s", message)
    assert json.loads(json_log())["message"] == (expected or message)
    assert plain_log().endswith(f" ERROR gunicorn.error {expected or message}\n")


def test_errors_are_not_sent_by_mail():
    names = [type(handler).__name__ for handler in (*logging.getLogger("django").handlers, *logging.root.handlers)]
    assert "AdminEmailHandler" not in names
    assert not product.ADMINS
    assert not re.search("mail", json.dumps(product.LOGGING))
